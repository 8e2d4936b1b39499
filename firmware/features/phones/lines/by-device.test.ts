import test from 'ava'
import type { ResourceKind, Stored } from '../../../kernel/store.ts'
import { linesByDevice } from './by-device.ts'
import type { Line } from './settings.ts'

const line = (id: string, device: string) => ({ id, rev: 1, authName: id, device, index: 1 }) as unknown as Stored<Line>

test('the lines of a device are those of the present document', t => {
  let all = [line('one', 'desk'), line('two', 'hall'), line('three', 'desk')]
  const store = { revision: 7, all: <T extends object>(_kind: ResourceKind<T>) => all as unknown as Stored<T>[] }
  const ofDevice = linesByDevice(store)
  const ids = (device: string) => ofDevice(device).map(({ id }) => id)
  t.deepEqual([ids('desk'), ids('hall'), ids('gate')], [['one', 'three'], ['two'], []])
  all = [line('two', 'gate')]
  store.revision = 8
  t.deepEqual([ids('desk'), ids('hall'), ids('gate')], [[], [], ['two']])
})
