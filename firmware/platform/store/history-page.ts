// Looking back: what happened, the newest first, a page at a time, found by a word and by days.
import type { Expression, ExpressionBuilder, SelectQueryBuilder, SqlBool } from 'kysely'
import { PbxError } from '../../kernel/errors.ts'
import type { HistoryInput } from '../../kernel/history-input.ts'
import type { HistoryColumns, HistoryPage } from '../../kernel/records.ts'

/** The page that was asked for; throws PbxError `history.bad-cursor`. */
export async function historyPage<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  columns: HistoryColumns<Extract<keyof Row, string>>,
  asked: HistoryInput,
): Promise<HistoryPage<Row>> {
  // The columns are those of the row, which the compiler cannot know of a table that it does not know.
  const rows = query as unknown as SelectQueryBuilder<Loose, 'rows', Row>
  const limit = asked.limit ?? 100
  const found = await rows
    .where(where => where.and(conditions(where, columns, asked)))
    .orderBy(columns.at, 'desc')
    .orderBy(columns.key, 'desc')
    .limit(limit + 1)
    .execute()
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : undefined
  if (last === undefined) return { rows: page }
  return { rows: page, next: `${last[columns.at]}:${last[columns.key]}` }
}

interface Loose {
  rows: Record<string, string | number>
}
type Where = ExpressionBuilder<Loose, 'rows'>

function conditions(where: Where, columns: HistoryColumns<string>, asked: HistoryInput): Expression<SqlBool>[] {
  const { at, key, words } = columns
  const { since, until, cursor } = asked
  const word = asked.q?.trim().toLowerCase() ?? ''
  // Taking the word out changes the text: holds on every database, and knows no wildcards.
  const holds = (name: string) => {
    const text = where.fn<string>('lower', [where.fn.coalesce(where.ref(name), where.val(''))])
    return where(where.fn<string>('replace', [text, where.val(word), where.val('')]), '<>', text)
  }
  return [
    ...(since === undefined ? [] : [where(at, '>=', since)]),
    ...(until === undefined ? [] : [where(at, '<', until)]),
    ...(word === '' ? [] : [where.or(words.map(holds))]),
    ...(cursor === undefined ? [] : [older(where, { at, key }, cursor)]),
  ]
}

function older(where: Where, { at, key }: { at: string; key: string }, cursor: string): Expression<SqlBool> {
  const [, moment, last = ''] = /^(\d{1,16}):(.+)$/s.exec(cursor) ?? []
  if (moment === undefined) throw new PbxError('history.bad-cursor', 'the cursor is not one that the box gave out')
  return where.or([where(at, '<', Number(moment)), where.and([where(at, '=', Number(moment)), where(key, '<', last)])])
}
