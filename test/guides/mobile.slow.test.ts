import { testPage } from './run-page.ts'

testPage('guides/mobile.md')
