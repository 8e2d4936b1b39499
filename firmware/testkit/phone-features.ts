// The least that makes phones call one another, for scenarios that are not about the rest of the product.
import { devices } from '../features/phones/devices/feature.ts'
import { extensions } from '../features/phones/extensions/feature.ts'
import { lines } from '../features/phones/lines/feature.ts'
import { registrar } from '../features/phones/registrar/feature.ts'
import { locations } from '../features/places/locations/feature.ts'
import { networks } from '../features/places/networks/feature.ts'
import { sites } from '../features/places/sites/feature.ts'
import type { AnyFeature } from '../kernel/order.ts'

export const PHONE_FEATURES: readonly AnyFeature[] = [sites, locations, networks, devices, lines, registrar, extensions]
