import { testPage } from './run-page.ts'

testPage('guides/from-a-404-to-its-cause.md', { needs: ['jq'] })
