// The tree of locations answers where something is, and never runs in a circle.
import test from 'ava'
import { ownAddressOf, pathOf, trailOf, within } from './tree.ts'

const hall = { id: 'hall', name: 'Hall 3', site: 's', kind: 'building', address: '7 Gate Road' }
const line = { id: 'line', name: 'Line 2', site: 's', kind: 'area', parent: 'hall' }
const post = { id: 'post', name: 'Post 14', site: 's', kind: 'post', parent: 'line' }
const yard = { id: 'yard', name: 'Yard', site: 's', kind: 'area' }
const all = [post, line, hall, yard]

test('a path names everything a location stands in', t => {
  t.is(pathOf(post, all), 'Hall 3 / Line 2 / Post 14')
  t.is(pathOf(yard, all), 'Yard')
})

test('a location holds all that stands within it', t => {
  t.deepEqual([...within('hall', all)].sort(), ['hall', 'line', 'post'])
  t.deepEqual([...within('yard', all)], ['yard'])
})

test('a room inherits the nearest street address above it', t => {
  t.is(ownAddressOf(post, all), '7 Gate Road')
  t.is(ownAddressOf({ ...post, address: '9 Side Door' }, all), '9 Side Door')
  t.is(ownAddressOf(yard, all), undefined)
})

test('a location that would stand in itself has no trail', t => {
  const looped = [{ ...hall, parent: 'post' }, line, post]
  t.is(trailOf({ ...hall, parent: 'post' }, looped), undefined)
  t.is(trailOf({ ...hall, parent: 'hall' }, all), undefined)
  t.is(pathOf({ ...hall, parent: 'post' }, looped), 'Hall 3')
})

test('a parent that is gone ends the trail instead of breaking it', t => {
  t.is(pathOf({ ...yard, parent: 'gone' }, all), 'Yard')
})
