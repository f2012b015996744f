// What the tests ask of the stand-in by its control endpoints, and where its notifies arrive.
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'

const { INTEROP_CONTROL: base, INTEROP_ACCOUNT: accountFile } = process.env
export const account = JSON.parse(readFileSync(accountFile, 'utf8'))

export async function control(path, body) {
  const answer = await fetch(`${base}/_mock/${path}`, body && { method: 'POST', body: JSON.stringify(body) })
  const told = await answer.json()
  if (!answer.ok) throw new Error(`${path}: ${told.error}`)
  return told
}

/** A public-key merchant has no certificate at all: a client that looks for one fails at once. */
export const standInMode = (mode) => control('settings', {
  certificate_mode: mode === 'certificate',
  notify_public_key_percent: mode === 'certificate' ? 0 : 100,
})

/**
 * Keeps notifies as they came, byte for byte: what is parsed first can't be verified any more. A GET is a check of the
 * message URL: it is answered with what `echo` makes of it, and kept too.
 */
export async function openInbox(echo) {
  const kept = []
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', async () => {
      kept.push({ headers: request.headers, body: Buffer.concat(chunks).toString(), url: request.url })
      const text = request.method === 'GET' && await echo(request.url).catch(() => undefined)
      if (text) response.writeHead(200).end(text)
      else response.writeHead(request.method === 'GET' ? 403 : 204).end()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}/notify`,
    close: () => server.close(),
    async next() {
      for (let waited = 0; waited < 5_000; waited += 50) {
        if (kept.length > 0) return kept.shift()
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error('no notify came within 5 s')
    },
  }
}
