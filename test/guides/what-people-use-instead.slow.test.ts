import { testPage } from './run-page.ts'

testPage('guides/what-people-use-instead.md', { tools: ['jose', 'oauth2-mock-server'] })
