// Files of this repository over HTTP, for a browser that imports them.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const ROOT = new URL('../../', import.meta.url)

/** Serves the files of this repository as they are, and nothing else. */
function files(request, response) {
  const { pathname } = new URL(request.url, 'http://node')
  try {
    const body = pathname === '/' ? '<!doctype html><title>vectors</title>' : readFileSync(new URL(`.${pathname}`, ROOT))
    response.writeHead(200, { 'content-type': pathname.endsWith('js') ? 'text/javascript' : pathname === '/' ? 'text/html' : 'application/json' })
    response.end(body)
  } catch {
    response.writeHead(404).end()
  }
}

/** Serves the files on a free port of a host: `url`, and `close()`. */
export async function serveFiles(host) {
  const server = createServer(files)
  await new Promise((resolve) => server.listen(0, host, resolve))
  const close = () => (server.close(), server.closeAllConnections())
  return { url: `http://${host}:${server.address().port}/`, close }
}
