// The thread that folds the log of changes into snapshots: reads and writes the whole document so that the main thread never has to.
import { parentPort, workerData } from 'node:worker_threads'
import { compactDocument } from './document-files.ts'
import { NodeFiles } from './files.ts'

const { directory, upTo } = workerData as { directory: string; upTo: number }
compactDocument(new NodeFiles(), directory, upTo)
parentPort?.postMessage('done')
