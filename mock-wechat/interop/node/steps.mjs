// One line a step: client, version, mode, step, and how it went.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function stepsOf(client, mode) {
  // Not every package lets its package.json be imported: it is read beside the entry.
  const entry = createRequire(import.meta.url).resolve(client)
  const folder = entry.slice(0, entry.lastIndexOf(client) + client.length)
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return async (name, act) => {
    const line = `${client} ${version}  ${mode}  ${name}`
    try {
      const result = await act()
      console.log(`ok      ${line}`)
      return result
    } catch (error) {
      console.log(`FAILED  ${line}: ${String(error?.message ?? error).split('\n')[0]}`)
      // The steps that follow run all the same and fail by themselves: the number of steps never depends on one of them.
      return undefined
    }
  }
}

export function expect(what, right) {
  if (!right) throw new Error(what)
}
