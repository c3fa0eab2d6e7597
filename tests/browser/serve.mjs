// The page as a node serves it, over answers that a test controls:
//   node tests/browser/serve.mjs [port]     the milk powder of stories.mjs, to look at
// HEADWATER_PAGE names another folder to serve the page from: the files as a node joined them.

import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'

const PAGE = process.env.HEADWATER_PAGE ? pathToFileURL(`${process.env.HEADWATER_PAGE}/`) : new URL('../../ledger-node/page/', import.meta.url)
const TYPES = {
  '.css': 'text/css', '.js': 'text/javascript', '.json': 'application/json', '.svg': 'image/svg+xml', '.html': 'text/html; charset=utf-8',
}
/** Style that a node writes into the document. */
const [, style] = /<style>([^]*)<\/style>/.exec(readFileSync(new URL('index.html', PAGE), 'utf8')) ?? []
const styled = style === undefined ? '' : ` 'sha256-${createHash('sha256').update(style).digest('base64')}'`
export const CSP = [
  "default-src 'none'", "script-src 'self'", `style-src 'self'${styled}`, "img-src 'self' data: blob:", "media-src 'self' blob:", "connect-src 'self'",
  "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
].join('; ')
const HEADERS = { 'content-security-policy': CSP, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'service-worker-allowed': '/' }
const TRACE = 'application/vnd.headwater.trace.v1+protobuf'

const escaped = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
/** Fills the template as the node fills it. */
export const filled = ({ lang = 'en', subject = 'Product', records = [] }) =>
  Object.entries({
    lang: escaped(lang), subject: escaped(subject),
    records: records.map((record) => `<li>${escaped(record)}</li>`).join('\n'),
  }).reduce((html, [name, value]) => html.replaceAll(`{{${name}}}`, () => value), readFileSync(new URL('index.html', PAGE), 'utf8'))

/**
 * Serves on `host` until `close`. `site` may be changed at any time.
 * It has `policy`, `trace` and `audited` (bytes, or a function of the path), `consistency(older, newer)`, `scans` (JSON), `files` (by hash)
 * and the values of the template. It also has how long answers may be kept (`caching`), and their time (`date`).
 * A missing value is answered with a problem. A number is the status of a problem, `cut` ends the connection, `silence` never answers.
 * `claim` is any of these, `[status, JSON]`, or a function of the question that returns one.
 */
export async function serve(site = {}, { host = '127.0.0.1', port = 0 } = {}) {
  const asked = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://node')
    const { 'cache-control': cache, 'content-type': type } = request.headers
    const question = { path: pathname, method: request.method, cache, type, body: '' }
    asked.push(question)
    request.on('data', (part) => (question.body += part))
    // An answer without a date counts as made now: the tests set the clocks of the phones.
    response.sendDate = false
    if (site.date) response.setHeader('date', new Date(site.date).toUTCString())
    const answer = (body, type, status = 200, caching = site.caching ?? 'no-store') => {
      response.writeHead(status, { ...HEADERS, 'content-type': type, 'cache-control': caching })
      response.end(body)
    }
    const problem = (status, title) => answer(JSON.stringify({ type: 'about:blank', title, status }), 'application/problem+json', status)
    const bytes = (from, type, status) => {
      const body = typeof from === 'function' ? from(pathname, request) : from
      if (body === 'silence') return undefined
      if (body === 'cut') return request.socket.destroy()
      return body === undefined ? problem(404, 'nothing here') : typeof body === 'number' ? problem(body, 'no answer now') : answer(body, type, status)
    }
    const [, door, first, second] = pathname.split('/')
    if (pathname === '/page/policy') return bytes(site.policy, 'text/plain; charset=utf-8')
    if (door === 'page') {
      try {
        return answer(readFileSync(new URL(pathname.slice('/page/'.length), PAGE)), TYPES[extname(pathname)], 200, 'max-age=60')
      } catch {
        return problem(404, 'no such file')
      }
    }
    if (door === 'trace') return bytes(site.trace, TRACE)
    if (door === 'audited-trace') return bytes(site.audited, TRACE)
    if (door === 'consistency') return bytes(site.consistency && (() => site.consistency(+first, +second)), 'application/octet-stream')
    if (door === 'scans') return bytes(site.scans, 'application/json')
    if (door === 'claim' && request.method === 'POST') {
      return request.on('end', () => {
        const claimed = typeof site.claim === 'function' ? site.claim(question) : site.claim
        const [status, body] = Array.isArray(claimed) ? claimed : [200, claimed]
        bytes(body, 'application/json', status)
      })
    }
    if (door === 'attachment') {
      const file = site.files?.get(first)
      return file ? answer(file.bytes, file.media_type) : problem(404, 'no such file')
    }
    return /^\d+$/.test(door) ? answer(filled(site), TYPES['.html']) : problem(404, 'nothing here')
  })
  await new Promise((resolve) => server.listen(port, host, resolve))
  return {
    site, asked, port: server.address().port, url: `http://${host}:${server.address().port}`,
    close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { files, looks, LOT, milk, NOW, PATH, TIN } = await import('./stories.mjs')
  const ledger = await milk()
  const { url } = await serve({
    policy: ledger.policy, trace: ledger.trace(TIN, { lot: LOT, cosignedAt: NOW / 1000 - 3600 }), files, scans: looks([0, 'CN']), subject: TIN,
  }, { port: +process.argv[2] || 0 })
  console.log(url + PATH)
}
