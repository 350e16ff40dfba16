import { nativeBackend } from '../../../src/backend/native/native.ts';
import { spec, start } from '../../support/containers.ts';

// Runs `sleep 1000` on the root filesystem in the directory of the first argument, until it is killed.
const directory = process.argv[2] ?? '';
const backend = nativeBackend({ root: `${directory}/sc`, cgroupParent: '/sc-test' });
process.stdout.write('launching\n');
const running = await start(backend, { directory, rootfs: `${directory}/rootfs` }, spec(['sleep', '1000']));
process.stdout.write('running\n');
await running.outcome();
