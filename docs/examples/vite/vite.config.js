import { defineConfig } from 'vite'
import { access } from './vite-access.js'

export default defineConfig({ plugins: [access({ host: 'wiki.example.com' })] })
