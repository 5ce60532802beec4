/** A plugin that puts Access in front of the dev server: it starts an emulator with the server, and ends it with the server. */
import { createEmulator } from 'cloudflare-access-emulator'

/**
 * @param {object} options
 * @param {string} options.host the application's name, such as `wiki.example.com`
 * @param {number} [options.port] where the emulator listens
 * @param {string} [options.seed] `example`, or a file of your own
 */
export function access({ host, port = 7788, seed = 'example' }) {
  let emulator
  return {
    name: 'access',
    apply: 'serve',
    config: () => ({
      // Vite refuses names that it was not told.
      server: { host: '127.0.0.1', allowedHosts: [host] },
    }),
    configureServer({ httpServer, config: { logger } }) {
      httpServer?.once('listening', async () => {
        const origin = `http://127.0.0.1:${httpServer.address().port}`
        try {
          emulator = await createEmulator({ seed, port, origins: { [host]: origin } })
          logger.info(`  ➜  Behind Access: http://${host}.localhost:${emulator.port}/`)
        } catch (error) {
          logger.error(`  ➜  Behind Access: ${error.message}`)
        }
      })
    },
    // A restart of Vite waits for this, and then takes the port again.
    async closeBundle() {
      await emulator?.close()
      emulator = undefined
    },
  }
}
