import { nativeBackend } from '../../../src/backend/native/native.ts';
import { enter } from '../../support/containers.ts';

// Executes `sleep 1000` in a container that runs, until it is killed. The first argument is a directory, the
// second JSON: the container, its init, and whether the program is released.
const [, , directory = '', text = ''] = process.argv;
const { container, init, detached } = JSON.parse(text);
const backend = nativeBackend({ root: `${directory}/sc`, cgroupParent: '/sc-test' });
process.stdout.write('entering\n');
const running = { container, handle: { pid: init.pid } as never };
const program = await enter(backend, { directory }, running, ['sleep', '1000'], {}, { init });
if (detached) {
  program.handle.release();
  process.stdout.write('released\n');
}
await program.outcome();
