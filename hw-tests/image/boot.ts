// `npm run image:boot`: the trial of an image, for people. boot.ts IMAGE DIRECTORY_OF_KERNEL_AND_INITRD
import { join } from 'node:path'
import { tryImage } from './trial.ts'

const [image = '', boot = ''] = process.argv.slice(2)
try {
  await tryImage({ image, boot, say: line => console.log(line) })
  console.log('the image is sound')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.error(`the image is not sound; its serial console: ${join(boot, 'console.log')}`)
  process.exitCode = 1
}
