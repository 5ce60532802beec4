import { testPage } from './run-page.ts'

testPage('guides/mcp-server.md', { tools: ['@modelcontextprotocol/sdk', 'jose'] })
