import { testPage } from './run-page.ts'

testPage('guides/bring-your-account.md')
