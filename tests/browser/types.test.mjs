// The types in the comments of the page's modules: node --test tests/browser/types.test.mjs

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { messages } from '../../ledger-node/page/verifier/schema.js'

const require = createRequire(process.env.HEADWATER_BROWSER_MODULES ? `${process.env.HEADWATER_BROWSER_MODULES}/` : import.meta.url)
const ts = require('typescript')

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const PAGE = fileURLToPath(new URL('../../ledger-node/page/', import.meta.url))
const read = ts.readConfigFile(`${FOLDER}jsconfig.json`, ts.sys.readFile)
const config = ts.parseJsonConfigFileContent(read.config, ts.sys, FOLDER)
const program = ts.createProgram(config.fileNames, config.options)
const checker = program.getTypeChecker()
const files = config.fileNames.map((name) => program.getSourceFile(name))
const modules = files.filter(({ isDeclarationFile }) => !isDeclarationFile)

/** Returns the exports of a file; none of a script that is no module. */
function exportsOf(file) {
  const symbol = checker.getSymbolAtLocation(file)
  return symbol ? checker.getExportsOfModule(symbol) : []
}
const placeOf = (node) => {
  const file = node.getSourceFile()
  return `${file.fileName.replace(PAGE, '')}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}

test('the compiler finds no fault', () => {
  // The modules in `vendor/` are not asked about: their types are those of their authors.
  const found = [
    read.error, ...config.errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(),
    ...files.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ].filter(Boolean)
  const host = { getCurrentDirectory: () => PAGE, getCanonicalFileName: (name) => name, getNewLine: () => '\n' }
  assert.equal(ts.formatDiagnostics(found, host), '')
  assert.ok(modules.length > 70, `${modules.length} modules`)
})

/** Returns the functions that others can call by a declaration: the function itself, or the public methods of a class. */
function functionsOf(declaration) {
  if (ts.isClassDeclaration(declaration)) {
    const isPublic = ({ name }) => !name || !ts.isPrivateIdentifier(name)
    return declaration.members.filter(isPublic).flatMap((member) => (ts.isPropertyDeclaration(member) ? functionsOf(member) : [member]))
  }
  const held = declaration.initializer ?? declaration
  return ts.isFunctionLike(held) ? [held] : []
}

/** Returns the parts of a function without a type in its comment: its parameters, and its result if it has one. */
function untyped(held) {
  const result = checker.typeToString(checker.getReturnTypeOfSignature(checker.getSignatureFromDeclaration(held)))
  const isSilent = ts.isConstructorDeclaration(held) || ['void', 'Promise<void>'].includes(result)
  const parts = held.parameters.filter((parameter) => !ts.getJSDocType(parameter)).map((parameter) => parameter.getText())
  return [...parts, ...(isSilent || ts.getJSDocReturnType(held) ? [] : ['its result'])].map((part) => `${placeOf(held)}: ${part}`)
}

test('an exported function states the types that it takes and returns', () => {
  // An alias is an export of another module, where it is checked.
  const own = modules.flatMap(exportsOf).filter(({ flags }) => !(flags & ts.SymbolFlags.Alias))
  const functions = own.flatMap(({ declarations }) => declarations.flatMap(functionsOf))
  assert.deepEqual(functions.flatMap(untyped), [])
  assert.ok(functions.length > 150, `${functions.length} functions`)
})

test('the types of messages are those of the schema', () => {
  const BYTES = ['b', 'b16', 'b32', 'b64', 'uuid', 'key']
  const SCALARS = { n: 'bigint', s: 'bigint', '?': 'boolean', ...Object.fromEntries(BYTES.map((type) => [type, 'Uint8Array'])) }
  const typeOf = ({ type, repeated }) => (messages.has(type) ? type : SCALARS[type] ?? 'string') + (repeated ? '[]' : '')
  // A message that lacks a list, a number or a bool has an empty list, 0n or false.
  const isPresent = ({ type, required, repeated }) => required || repeated || ['n', 's', '?'].includes(type)
  const types = exportsOf(program.getSourceFile(`${PAGE}verifier/messages.js`))
  const all = checker.getDeclaredTypeOfSymbol(types.find(({ name }) => name === 'Messages')).getProperties()
  for (const message of all) {
    const { fields, oneof } = messages.get(message.name)
    const stated = checker.getTypeOfSymbol(message).getProperties().map((field) => ({
      name: field.name, present: !(field.flags & ts.SymbolFlags.Optional),
      type: checker.typeToString(checker.getTypeOfSymbol(field)).replace('<ArrayBufferLike>', ''),
    }))
    const expected = fields.filter((field) => !field.oneof).map((field) => ({ name: field.name, present: isPresent(field), type: typeOf(field) }))
    assert.deepEqual(stated.filter(({ name }) => name !== oneof), expected, message.name)
    assert.equal(stated.some(({ name }) => name === oneof), !!oneof, message.name)
  }
  assert.ok(all.length > 20, `${all.length} messages`)
})
