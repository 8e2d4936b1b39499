// What can be watched: each event package says how one number stands, in words that a phone understands.

/** What a package is asked. */
export interface Asked {
  /** The number as the phone dialled it. */
  readonly target: string
  /** How the phone names the box, for addresses in the text. */
  readonly host: string
  /** One of the package's content types. */
  readonly contentType: string
}

/** An event package (RFC 6665 section 7). All answers come from memory. */
export interface EventPackage {
  readonly name: string
  /** The first is for phones that do not say what they understand. */
  readonly contentTypes: readonly string[]
  /** Only a phone of the extension itself may watch it. */
  readonly own?: true
  /** Any phone may ask, whomever it names: nothing is told of him. */
  readonly anyone?: true
  /** Undefined: there is nothing of this name. `{version}` becomes the number of the NOTIFY. */
  describe(asked: Asked): string | undefined
}

/** The content type to tell a watcher; undefined: he understands none. */
export function contentTypeFor(kind: EventPackage, accept: readonly string[]): string | undefined {
  const [usual] = kind.contentTypes
  const types = accept.map(one => one.split(';')[0]?.trim().toLowerCase() ?? '')
  if (
    types.length === 0 ||
    types.some(type => /^(\*|[^/]+)\/\*$/.test(type) && (type === '*/*' || usual?.startsWith(type.slice(0, -1))))
  )
    return usual
  return kind.contentTypes.find(type => types.includes(type))
}

/** The host in a header's URI: how a phone names the box. */
export function hostIn(uri: string): string {
  const address = /<?sips?:(?:[^@>;?]*@)?(\[[^\]]*\]|[^:;>?]+)(?::(\d+))?/i.exec(uri)
  if (!address?.[1]) return 'localhost'
  return address[2] === undefined ? address[1] : `${address[1]}:${address[2]}`
}

/** Text inside an XML element or attribute. */
export const xml = (text: string): string =>
  text.replace(/[&<>"']/g, one => `&#${one.charCodeAt(0)};`).replace(/[^\t\n\r\u0020-\uFFFD]/g, '')
