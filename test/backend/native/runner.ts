import { nativeBackend } from '../../../src/backend/native/native.ts';
import { spec, start } from '../../support/containers.ts';

// Runs `sleep 1000` on the root filesystem in the directory of the first argument, until it is killed. The
// second is JSON: changes of the container, more of the request, and whether a detached one is released.
const [, , directory = '', more = '{}'] = process.argv;
const { changes = {}, request = {}, isReleased = true } = JSON.parse(more);
const backend = nativeBackend({ root: `${directory}/sc`, cgroupParent: '/sc-test' });
process.stdout.write('launching\n');
const workshop = { directory, rootfs: `${directory}/rootfs` };
const running = await start(backend, workshop, spec(['sleep', '1000'], changes), request);
if (request.detached && isReleased) running.handle.release();
process.stdout.write(`running ${running.handle.keeperPid}\n`);
await running.outcome();
