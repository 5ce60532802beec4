/** The look of the dashboard. From 390 pixels up, nothing runs out of the window: wide lists become narrow ones. */
import { palette } from '../../http/palette.ts'

export const style = `
${palette}
*{box-sizing:border-box}
body{background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:0}
body>header{background:var(--paper);border-bottom:1px solid var(--line);padding:.6rem 1rem}
body>header>*,main{max-width:76rem;margin:0 auto}
main{padding:1rem 1rem 6rem}@media(min-width:78rem){main{padding:1rem 0 6rem}}
h1{font-size:1.35rem;margin:.4rem 0;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:1.6rem 0 .5rem;overflow-wrap:anywhere}h3{font-size:.95rem;margin:1rem 0 .3rem;overflow-wrap:anywhere}
p,ul,ol{margin:.4rem 0;overflow-wrap:anywhere}ul,ol{padding-left:1.3rem}
a{color:var(--link)}
code,.status{font-family:ui-monospace,monospace;font-size:.92em;overflow-wrap:anywhere}
pre{overflow-x:auto;background:var(--ground);border:1px solid var(--line);border-radius:.3rem;padding:.6rem;margin:.4rem 0;font-size:.85rem}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.soft{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}.turn{color:var(--turn)}
.brand{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline}.brand strong{font-size:1.05rem}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem .2rem;padding:0;margin:.4rem 0 0}
nav a{display:block;padding:.25rem .6rem;border-radius:.3rem;text-decoration:none;color:inherit}
nav a:hover{text-decoration:underline}nav a[aria-current=page]{background:var(--accent);color:var(--on-accent)}
.card{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;margin:.8rem 0}
.card>:first-child{margin-top:0}.card>:last-child{margin-bottom:0}
.rows{list-style:none;padding:0;margin:.6rem 0;background:var(--paper);border:1px solid var(--line);border-radius:.5rem}
.rows>li{display:grid;grid-template-columns:6.5rem 3rem 1fr 16rem;gap:.1rem .8rem;padding:.4rem 1rem;border-top:1px solid var(--line)}
.rows>li:first-child{border-top:0}.rows>li>*{min-width:0;overflow-wrap:anywhere}
.rows>li.folded{display:block}
table{border-collapse:collapse;width:100%;background:var(--paper)}
th{text-align:left;font-weight:600;color:var(--soft)}th,td{padding:.35rem .8rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
form.filter{display:flex;flex-wrap:wrap;gap:.5rem .8rem;align-items:end}
label{display:block;font-weight:600;font-size:.9rem}label small{font-weight:400}
input,select,textarea{display:block;max-width:100%;padding:.4rem .5rem;border:1px solid var(--edge);border-radius:.3rem;font:inherit;font-weight:400;background:var(--paper);color:inherit}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(15rem,100%),1fr));gap:.6rem 1rem}.grid input,.grid select{width:100%}
button{white-space:nowrap;padding:.4rem .8rem;border:1px solid var(--accent);border-radius:.3rem;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;cursor:pointer}
button.plain,form.call button{background:none;color:var(--link);border-color:var(--link)}
form.call{display:inline-flex;flex-wrap:wrap;gap:.4rem;align-items:end;margin:.2rem .4rem .2rem 0}
html:not(.live) form.call,html:not(.live) [data-copy]{display:none}
[data-copy]{padding:0 .4rem;font-size:.8rem;background:none;color:var(--link);border-color:var(--link)}
.chips{list-style:none;display:flex;flex-wrap:wrap;gap:.4rem;padding:0}.chips a{display:block;padding:.15rem .6rem;border:1px solid var(--line);border-radius:1rem;background:var(--paper);text-decoration:none;color:inherit}.chips a[aria-current]{border-color:var(--link);color:var(--link)}
.decision{list-style:none;padding:0;margin:.6rem 0}
.decision>li{position:relative;padding:0 0 1rem 2rem;border-left:2px solid var(--line);margin-left:.6rem}
.decision>li:last-child{border-color:transparent;padding-bottom:0}
.decision>li::before{content:'';position:absolute;left:-.5rem;top:.3rem;width:.8rem;height:.8rem;border-radius:50%;background:var(--paper);border:2px solid currentcolor}
.decision>li.end::before{background:currentcolor}
.decision h3{margin:0}.decision>li>*{color:var(--ink)}.decision>li>.good{color:var(--good)}.decision>li>.bad{color:var(--bad)}.decision>li>.turn{color:var(--turn)}
.policy{background:var(--paper);border:1px solid var(--line);border-left:4px solid var(--edge);border-radius:.3rem;padding:.4rem .8rem;margin:.4rem 0}
.policy.match{border-left-color:var(--good)}.policy.blocks{border-left-color:var(--bad)}.policy.open{border-left-color:var(--turn)}
.policy ul{list-style:none;padding:0}
.done{position:fixed;inset:auto 0 0;background:var(--paper);border:1px solid var(--edge);border-radius:.5rem .5rem 0 0;padding:.6rem 1rem;max-height:45vh;overflow:auto}
.done[hidden]{display:none}
.done .bar{display:flex;flex-wrap:wrap;gap:.4rem .8rem;align-items:center}
@media(max-width:760px){.rows>li{grid-template-columns:auto 3rem 1fr}.rows>li>:nth-child(3),.rows>li>:nth-child(4){grid-column:1/-1}.narrow thead{position:absolute;clip-path:inset(50%);height:1px;overflow:hidden}.narrow,.narrow tbody,.narrow tr,.narrow td{display:block}.narrow tr{border-bottom:1px solid var(--line);padding:.4rem 0}.narrow td{border:0;padding:.1rem .8rem}nav a{padding:.15rem .4rem}.narrow td[data-name]::before{content:attr(data-name) ': ';color:var(--soft)}}
html.lost #standing::after{content:' · the emulator does not answer: this page is as it was';color:var(--bad)}
`
