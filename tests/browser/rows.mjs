// Takes the rows out of the tables of the verifier, one at a time, and the rules out of its functions, and names those that nothing misses:
//   node tests/browser/rows.mjs [--all] [file...]
// A row is an entry of a table at the top of a script, or a word in one; a rule is a statement that refuses or makes a finding. Each is
// deleted in a copy of the scripts, and that copy answers every vector. When all answers are as expected, the tests beside this script run.

import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SCRIPTS = 'ledger-node/page/verifier'
/** Scripts without a part in any verdict, such as the scans on the page. */
const APART = ['scan.js', 'verifier.js']
/** Tests beside this script, the fast ones first. */
const TESTS = ['schema', 'story', 'course', 'rules', 'authority', 'findings', 'event', 'trace', 'scan', 'codec', 'engine']
/** Tests that compare the lists of a script with another list: no vector is asked. */
const LISTS = { 'schema.js': ['schema'], 'codes.js': ['findings'] }
/** Test that a deletion in each script fails soonest. */
const SOONEST = {
  'authority.js': 'authority', 'event.js': 'event', 'newer.js': 'event', 'codec.js': 'event', 'subject.js': 'event', 'findings.js': 'findings', 'forms.js': 'findings',
  'trace.js': 'trace', 'set.js': 'trace', 'product.js': 'trace', 'policy.js': 'rules', 'link.js': 'rules', 'note.js': 'rules', 'admission.js': 'engine', 'crypto.js': 'engine',
}
/** Functions that refuse, or make a finding. */
const TELLS = ['no', 'warn', 'value', 'demand', 'breaks', 'asks', 'broken', 'envelope', 'refuse', 'tell', 'mustPossess', 'admit']
const WORKERS = availableParallelism()
/** Number of copies after which a worker ends, because Node never lets modules go. */
const COPIES = 120
const PATIENCE_MS = 60_000

const isNode = (value) => value && typeof value.type === 'string'
const partsOf = (node) => Object.values(node).flat().filter(isNode)
const isFunction = ({ type }) => /Function/.test(type)

/** Returns the ranges of the words in a text of more than one word, each with the space before it. */
const words = (text, at) => {
  const found = [...text.matchAll(/\s*[^\s]+/g)]
  return found.length < 2 ? [] : found.map(({ 0: word, index }) => [at + index, at + index + word.length, word.trim()])
}
/** Returns the alternatives in the groups of a pattern. */
const alternatives = (pattern, at) =>
  [...pattern.matchAll(/\(([\w.*\\]+(?:\|[\w.*\\]+)+)\)/g)].flatMap(({ 1: group, index }) =>
    [...group.matchAll(/[^|]+/g)].map(({ 0: word, index: place }) => {
      const [from, until] = [at + index + 1 + place, at + index + 1 + place + word.length]
      return place ? [from - 1, until, word] : [from, until + 1, word]
    }))

/** Returns the rows at the top of a script: `[from, until, what]`. */
function rowsIn(node, source, from = '') {
  if (!node || isFunction(node)) return []
  const { type } = node
  const below = (child, name) => rowsIn(child, source, name ? `${from}.${name}` : from)
  if (type === 'ObjectExpression') {
    return node.properties.flatMap((property) => {
      const name = property.key && source.slice(property.key.start, property.key.end)
      return [[property.start, endOf(property.end, source), `${from}.${name}`], ...below(property.value, name)]
    })
  }
  if (type === 'ArrayExpression' && node.elements.length > 1) {
    const row = (element) => [element.start, endOf(element.end, source), `${from} ${source.slice(element.start, element.end).slice(0, 40)}`]
    return [...node.elements.map(row), ...node.elements.flatMap((element) => below(element))]
  }
  if (type === 'Literal' && node.regex) return alternatives(source.slice(node.start, node.end), node.start).map(([a, b, word]) => [a, b, `${from} /${word}/`])
  if (type === 'Literal' && typeof node.value === 'string') return words(node.value, node.start + 1).map(([a, b, word]) => [a, b, `${from} ${word}`])
  if (type === 'TemplateElement') {
    return source.slice(node.start, node.end).split('\n').reduce(([rows, at], line) => {
      const [, ...rest] = words(line, at).length ? words(line, at) : [undefined]
      return [[...rows, ...rest.map(([a, b, word]) => [a, b, `${from} ${line.split(' ')[0]} ${word}`])], at + line.length + 1]
    }, [[], node.start])[0]
  }
  return partsOf(node).flatMap((part) => below(part))
}
/** Returns the offset where the next entry begins. */
const endOf = (end, source) => end + /^\s*,?/.exec(source.slice(end))[0].length

const tells = (node) => {
  if (node.type === 'CallExpression' && TELLS.includes(node.callee.name ?? node.callee.property?.name)) return true
  return partsOf(node).some((part) => part.type !== 'BlockStatement' && tells(part))
}
/** Returns the statements that refuse or make a finding: `[from, until, what, instead]`. */
function rulesIn(node, source) {
  const { type, start, end } = node
  const what = source.slice(start, end).replace(/\s+/g, ' ').slice(0, 70)
  const own = []
  if (type === 'IfStatement' && node.alternate) {
    if (tells(node.consequent)) own.push([start, end, what, source.slice(node.alternate.start, node.alternate.end)])
    if (tells(node.alternate) && node.alternate.type !== 'IfStatement') own.push([node.consequent.end, end, what, ''])
  } else if ((type === 'IfStatement' || type === 'ExpressionStatement') && tells(node)) own.push([start, end, what, ';'])
  else if (type === 'ReturnStatement' && node.argument?.type === 'CallExpression' && tells(node)) own.push([start, end, what, 'return'])
  return [...own, ...partsOf(node).flatMap((part) => rulesIn(part, source))]
}

/** Returns all deletions: `file`, `what`, and the `text` that is left. */
function deletions(acorn, only = []) {
  const files = readdirSync(join(ROOT, SCRIPTS)).filter((file) => !APART.includes(file) && (!only.length || only.includes(file)))
  return files.flatMap((file) => {
    const source = readFileSync(join(ROOT, SCRIPTS, file), 'utf8')
    const { body } = acorn.parse(source, { ecmaVersion: 'latest', sourceType: 'module' })
    const tables = body.map((node) => node.declaration ?? node).filter((node) => node?.type === 'VariableDeclaration').flatMap(({ declarations }) => declarations)
    const rows = tables.flatMap(({ id, init }) => rowsIn(init, source, source.slice(id.start, id.end)).map((row) => [...row, '']))
    const all = [...rows, ...rulesIn({ type: 'Program', body }, source)]
    return all.map(([from, until, what, instead]) => ({ file, what, text: source.slice(0, from) + instead + source.slice(until) }))
  })
}

/** Writes a copy of the scripts in which one is changed. */
function copy(folder, { file, text }) {
  const browser = join(folder, 'tests/browser')
  mkdirSync(browser, { recursive: true })
  mkdirSync(join(folder, 'ledger-node/page'), { recursive: true })
  cpSync(join(ROOT, SCRIPTS), join(folder, SCRIPTS), { recursive: true })
  writeFileSync(join(folder, SCRIPTS, file), text)
  symlinkSync(join(ROOT, 'ledger-node/page/vendor'), join(folder, 'ledger-node/page/vendor'))
  for (const name of ['cases.js', 'evidence.mjs', 'ledger.mjs', ...TESTS.map((test) => `${test}.test.mjs`)]) cpSync(join(ROOT, 'tests/browser', name), join(browser, name))
  for (const name of ['proto', 'crates', 'tests/vectors']) symlinkSync(join(ROOT, name), join(folder, name))
}

const vectors = () =>
  readdirSync(join(ROOT, 'tests/vectors')).flatMap((area) =>
    readdirSync(join(ROOT, 'tests/vectors', area)).map((name) => ({ area, name, test: JSON.parse(readFileSync(join(ROOT, 'tests/vectors', area, name), 'utf8')) })))

/** Returns the first vector that a copy answers otherwise. A vector that noticed one deletion is tried first for the next. */
async function byVector(folder, all) {
  let cases
  try {
    cases = await import(pathToFileURL(join(folder, 'tests/browser/cases.js')))
  } catch {
    return 'it does not load'
  }
  for (const [place, { area, name, test, expected }] of all.entries()) {
    const got = cases.canonical(await cases.answer(area, test))
    if (got === expected) continue
    all.unshift(...all.splice(place, 1))
    return `${area}/${name}`
  }
}

function byTest(folder, names) {
  for (const name of new Set(names)) {
    const path = join(folder, `tests/browser/${name}.test.mjs`)
    const { status } = spawnSync(process.execPath, [path], { stdio: 'ignore', timeout: PATIENCE_MS })
    if (status) return `${name}.test.mjs`
  }
}

/** Answers deletions, one a message, with the vector or test that notices each. */
async function work(home) {
  const { answer, canonical } = await import('./cases.js')
  const all = vectors()
  // Expected are the answers of the scripts as they are now: other tests compare those with the vectors.
  for (const vector of all) vector.expected = canonical(await answer(vector.area, vector.test))
  let count = 0
  process.on('message', async (deletion) => {
    const folder = join(home, String(count++))
    const list = LISTS[deletion.file]
    copy(folder, deletion)
    const by = (!list && (await byVector(folder, all))) || byTest(folder, list ?? [SOONEST[deletion.file] ?? 'story', ...TESTS])
    rmSync(folder, { recursive: true })
    process.send({ by })
  })
  process.send({ ready: true })
}

/** Sends deletions to a worker of its own, one at a time, until the queue is empty. */
async function drive(queue, tell, home) {
  while (queue.length) {
    const worker = spawn(process.execPath, [fileURLToPath(import.meta.url), '--work', mkdtempSync(join(home, 'work-'))], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    const heard = (patience) => new Promise((resolve) => {
      const timer = patience && setTimeout(() => resolve({ by: 'it does not end' }), patience)
      const end = (message) => (clearTimeout(timer), worker.off('message', end), worker.off('exit', gone), resolve(message))
      const gone = () => end({ by: 'it ends the process', gone: true })
      worker.on('message', end)
      worker.on('exit', gone)
    })
    const { ready } = await heard()
    if (!ready) throw new Error('a worker ends before its first deletion')
    for (let i = 0; i < COPIES && queue.length; i++) {
      const deletion = queue.shift()
      worker.send(deletion)
      const { by, gone } = await heard(PATIENCE_MS)
      tell(deletion, by)
      if (gone || by === 'it does not end') break
    }
    worker.kill('SIGKILL')
  }
}

async function main(only) {
  const acorn = createRequire(import.meta.url)('internal/deps/acorn/acorn/dist/acorn')
  const queue = deletions(acorn, only.filter((word) => !word.startsWith('--')))
  const total = queue.length
  const unnoticed = []
  let done = 0
  const tell = ({ file, what }, by) => {
    if (++done % 100 === 0) console.error(`${done} of ${total}`)
    if (only.includes('--all')) console.log(`${file}: ${what}: ${by ?? 'NOTHING'}`)
    if (!by) unnoticed.push(`${file}: ${what}`)
  }
  const home = mkdtempSync(join(tmpdir(), 'rows-'))
  try {
    await Promise.all(Array.from({ length: WORKERS }, () => drive(queue, tell, home)))
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
  for (const row of unnoticed.sort()) console.log(`noticed by nothing: ${row}`)
  console.log(`${total} deletions, ${total - unnoticed.length} noticed`)
  process.exitCode = total && !unnoticed.length ? 0 : 1
}

const [, script, ...asked] = process.argv
if (asked[0] === '--work') await work(asked[1])
else if (process.execArgv.includes('--expose-internals')) await main(asked)
else {
  // Starts again with access to Node's own parser.
  const { status } = spawnSync(process.execPath, ['--expose-internals', script, ...asked], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
