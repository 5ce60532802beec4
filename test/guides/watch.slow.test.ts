import { testPage } from './run-page.ts'

testPage('guides/watch.md')
