// The dependency rules and limits of the design, read from the source itself.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { features } from '../features/index.ts'
import { inOrder } from '../kernel/order.ts'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const SKIPPED = new Set(['node_modules', 'dist', 'build', 'coverage'])

interface Source {
  /** From the repository's root. */
  readonly path: string
  readonly text: string
  /** Lines that are neither blank nor comment. */
  readonly code: readonly string[]
  /** Files of this repository that it imports, and packages by name. */
  readonly imports: readonly { readonly to: string; readonly typeOnly: boolean }[]
}

function filesBelow(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
    if (SKIPPED.has(entry.name) || entry.name.startsWith('.')) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return /\.(ts|tsx|cc|h)$/.test(entry.name) ? [path] : []
  })
}

function codeOf(text: string): string[] {
  let inside = false
  return text.split('\n').filter(raw => {
    const line = raw.trim()
    if (inside || line.startsWith('/*')) {
      inside = !line.includes('*/')
      return false
    }
    return line !== '' && !line.startsWith('//')
  })
}

function importsOf(path: string, text: string): Source['imports'] {
  const pattern = /^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gms
  return [...text.matchAll(pattern)].flatMap(([, type, named, dynamic]) => {
    const to = named ?? dynamic
    if (to === undefined) return []
    const own = to.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(path), to)) : to
    return [{ to: own, typeOnly: type !== undefined }]
  })
}

const sources: readonly Source[] = ['firmware', 'board', 'native', 'systemd', 'web-ui', 'hw-tests', 'image-build']
  .flatMap(filesBelow)
  .map(path => {
    const text = readFileSync(join(ROOT, path), 'utf8')
    return { path, text, code: codeOf(text), imports: importsOf(path, text) }
  })

const isTest = (path: string) => /\.test\.tsx?$/.test(path)
const product = sources.filter(source => !isTest(source.path))
const below = (folder: string) => product.filter(source => source.path.startsWith(`${folder}/`))
const kernel = below('firmware/kernel')
const inFeatures = below('firmware/features')
/** `firmware/features/district/name` of a path below it. */
const featureFolder = (path: string) => /^firmware\/features\/[^/]+\/[^/]+(?=\/)/.exec(path)?.[0]

/** What cannot be told again and again with something going wrong: file, and why. */
const UNSWEPT: readonly string[] = []

/** Every file with an import that `wrong` objects to. */
function offences(
  among: readonly Source[],
  wrong: (source: Source, to: string, typeOnly: boolean) => boolean,
): string[] {
  return among.flatMap(source =>
    source.imports
      .filter(({ to, typeOnly }) => wrong(source, to, typeOnly))
      .map(({ to }) => `${source.path} imports ${to}`),
  )
}

test('the kernel imports nothing above it: only itself, the words of the board, schemas, types of queries, random bytes', t => {
  const allowed = (to: string, typeOnly: boolean) =>
    to.startsWith('firmware/kernel/') ||
    to === 'typebox' ||
    to === 'typebox/value' ||
    to === 'node:crypto' ||
    (typeOnly && (to === 'board/protocol.ts' || to === 'kysely'))
  t.deepEqual(
    offences(kernel, (_, to, typeOnly) => !allowed(to, typeOnly)),
    [],
  )
})

test('the platform knows the kernel, never a feature', t => {
  t.deepEqual(
    offences(below('firmware/platform'), (_, to) => to.startsWith('firmware/features/')),
    [],
  )
})

test('no feature has the engine make a signal of others: it keeps a trace of each for as long as one of them lives', t => {
  t.deepEqual(
    inFeatures.filter(({ text }) => /AbortSignal\.any\(/.test(text)).map(({ path }) => path),
    [],
  )
})

test('no feature reaches the platform, the test kit, the board or the switch itself', t => {
  const wrong = /^(firmware\/(platform|testkit|main)|native\/|hw-tests\/|systemd\/|web-ui\/)/
  t.deepEqual(
    offences(
      inFeatures.filter(source => !source.path.endsWith('.tsx')),
      (_, to) => wrong.test(to),
    ),
    [],
  )
})

test('neither feature nor platform nor kernel imports the native addon', t => {
  const addon = (to: string) => to.endsWith('.node') || to.startsWith('native/') || to.startsWith('@plant-pbx/pjsip')
  t.deepEqual(
    offences([...kernel, ...inFeatures, ...below('firmware/platform')], (_, to) => addon(to)),
    [],
  )
})

test('of another feature only its feature.ts is imported, and only by those that need it', t => {
  const byName = new Map(inOrder(features).map(feature => [feature.name, feature]))
  const wrong = (source: Source, to: string) => {
    const [own, other] = [featureFolder(source.path), featureFolder(to)]
    if (!own || !other || own === other) return false
    // Settings are shared with the browser: they may build on another's settings, never on its feature.
    if (basename(source.path) === 'settings.ts' && basename(to) === 'settings.ts') return false
    if (basename(to) !== 'feature.ts') return true
    const feature = byName.get(basename(own))
    return feature !== undefined && !feature.needs?.some(needed => needed.name === basename(other))
  }
  t.deepEqual(offences(inFeatures, wrong), [])
})

test('features need one another without a circle, and each is called like its folder', t => {
  const folders = inFeatures
    .filter(source => basename(source.path) === 'feature.ts')
    .map(source => dirname(source.path))
  const names = new Set(folders.map(folder => basename(folder)))
  const own = inOrder(features)
  t.deepEqual(
    own.filter(feature => !names.has(feature.name)).map(feature => feature.name),
    [],
  )
})

test('every feature that has a folder is listed in the index', t => {
  const listed = new Set(features.map(feature => feature.name))
  const folders = inFeatures
    .filter(source => basename(source.path) === 'feature.ts')
    .map(source => dirname(source.path))
  t.deepEqual(
    folders.filter(folder => !listed.has(basename(folder))),
    [],
  )
})

test('pages in the browser import panels, settings and words of features, and types of the kernel', t => {
  const allowed = /^firmware\/features\/.*\/(panel\.tsx|settings\.ts|words\.[a-z]{2}\.ts)$/
  const pages = [...below('web-ui'), ...inFeatures.filter(source => source.path.endsWith('.tsx'))]
  const wrong = (source: Source, to: string, typeOnly: boolean) => {
    if (!to.startsWith('firmware/') || allowed.test(to) || to === 'firmware/kernel/schema.ts') return false
    return !(typeOnly || dirname(to) === dirname(source.path))
  }
  t.deepEqual(offences(pages, wrong), [])
})

const scenarios = sources.filter(
  source =>
    /\.(scenario|sweep)\.test\.ts$/.test(source.path) ||
    (/^firmware\/(kernel|features|testkit)\//.test(source.path) && isTest(source.path) && tellsStories(source)),
)

/** Whether a test starts a whole box on fakes. The sweeps' own machinery, and histories that bring their own faults, do too. */
function tellsStories(source: Source): boolean {
  const kit = ['firmware/testkit/scenario.ts', 'firmware/testkit/fresh-plant.ts']
  return source.imports.some(({ to, typeOnly }) => !typeOnly && kit.includes(to))
}

/** Tests that start boxes on fakes and are no scenarios, with the reason. */
const NO_SCENARIOS: Readonly<Record<string, string>> = {
  'firmware/testkit/plant-history.test.ts': 'its histories fail, hang and kill by themselves',
  'firmware/features/safety/alarms/history.scenario.test.ts': 'its days fail, hang and kill by themselves',
}

test('every scenario meets the sweeps: its `test` is the one that registers it for them', t => {
  const missed = scenarios.filter(
    ({ path, imports }) =>
      !(path in NO_SCENARIOS) &&
      (imports.some(({ to, typeOnly }) => to === 'ava' && !typeOnly) ||
        !imports.some(({ to }) => to === 'firmware/testkit/scenario-test.ts')),
  )
  t.deepEqual(
    missed.map(source => source.path),
    [],
  )
})

test('scenarios that are not swept are these, each for its reason', t => {
  const unswept = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/\btest\.unswept\(\s*(['"`])(.*?)\1/gs)].map(([, , why]) => `${path}: ${why}`),
  )
  t.deepEqual(unswept, UNSWEPT)
})

const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bprocess\.env\b/, 'process.env'],
  [/\bDate\.now\(/, 'Date.now'],
  [/\bnew Date\(\)/, 'new Date()'],
  [/\b(setTimeout|setInterval)\(/, 'a timer'],
  [/['"](node:)?(fs|fs\/promises|child_process|worker_threads)['"]/, 'files, processes or threads'],
  [/\bperformance\.now\(/, 'performance.now'],
]

test('kernel and features touch neither environment, wall clock, timers, files nor processes', t => {
  const found = [...kernel, ...inFeatures]
    .filter(source => !source.path.endsWith('.tsx'))
    .flatMap(source =>
      BANNED.filter(([pattern]) => source.code.some(line => pattern.test(line))).map(
        ([, what]) => `${source.path}: ${what}`,
      ),
    )
  t.deepEqual(found, [])
})

test('no module holds state of its own', t => {
  const state = /^(export )?(let |const \w+ = new (Map|Set|WeakMap|WeakSet|EventEmitter)\(\))/
  const among = [...kernel, ...inFeatures, ...below('firmware/platform'), ...below('board')]
  t.deepEqual(
    among.filter(source => source.code.some(line => state.test(line))).map(source => source.path),
    [],
  )
})

const QUERY = /\bsql`|\.(selectFrom|insertInto|updateTable|deleteFrom|createTable|alterTable|createIndex)\(/

test('a feature’s queries are in its records.ts', t => {
  const found = [...kernel, ...inFeatures].filter(
    source => !source.path.endsWith('/records.ts') && QUERY.test(source.text),
  )
  t.deepEqual(
    found.map(source => source.path),
    [],
  )
})

test('a feature’s tables begin with its name', t => {
  const found = inFeatures
    .filter(source => source.path.endsWith('/records.ts'))
    .flatMap(source => {
      const prefix = basename(dirname(source.path)).replaceAll('-', '_')
      const tables = [...source.text.matchAll(/createTable\(['"]([^'"]+)['"]\)/g)].flatMap(([, table]) => table ?? [])
      return tables.filter(table => !table.startsWith(prefix)).map(table => `${source.path}: ${table}`)
    })
  t.deepEqual(found, [])
})

test('the kernel stays within 2,500 lines of code that runs; types are words, and erased', t => {
  const lines = kernel.reduce((sum, source) => sum + codeOf(stripTypeScriptTypes(source.text)).length, 0)
  t.true(lines <= 2500, `the kernel has ${lines} lines`)
})

test('no file is longer than 400 lines of code', t => {
  const long = sources.filter(source => source.code.length > 400)
  t.deepEqual(
    long.map(source => `${source.path}: ${source.code.length}`),
    [],
  )
})

test('a manifest is a table of contents of at most 120 lines', t => {
  const manifests = inFeatures.filter(source => basename(source.path) === 'feature.ts')
  t.deepEqual(
    manifests.filter(source => source.code.length > 120).map(one => `${one.path}: ${one.code.length}`),
    [],
  )
})

test('districts are shelves: they carry no code', t => {
  const shelved = inFeatures.filter(source => /^firmware\/features\/[^/]+\/[^/]+$/.test(source.path))
  t.deepEqual(
    shelved.map(source => source.path),
    [],
  )
})

test('files have kebab-case names', t => {
  const odd = sources.filter(
    source => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(basename(source.path)),
  )
  const native = odd.filter(source => !source.path.startsWith('native/'))
  t.deepEqual(
    native.map(source => source.path),
    [],
  )
})

const VAGUE = 'Manager|Service|Helper|Helpers|Util|Utils|Handler|Base|Impl|Data|Info|Processor'

test('nothing is called by a word that says nothing', t => {
  const declared = new RegExp(`^(export )?(abstract )?(class|interface|type) \\w*(${VAGUE})\\b`)
  const named = new RegExp(`(^|[-.])(${VAGUE.toLowerCase()})\\.tsx?$`)
  const found = product
    .filter(source => /\.tsx?$/.test(source.path))
    .flatMap(source => [
      ...source.code.filter(line => declared.test(line)).map(line => `${source.path}: ${line.trim()}`),
      ...(named.test(basename(source.path)) ? [source.path] : []),
    ])
  t.deepEqual(found, [])
})

test('every file of the product opens with what part of a PBX it is', t => {
  const silent = product.filter(source => !/^(#!.*\n)?(\/\/|\/\*)/.test(source.text))
  t.deepEqual(
    silent.map(source => source.path),
    [],
  )
})

test('no comment leaves anything to be done later', t => {
  const mark = /(\/\/|^\s*\*).*\b(TODO|FIXME|XXX)\b/m
  t.deepEqual(
    sources.filter(source => mark.test(source.text)).map(source => source.path),
    [],
  )
})
