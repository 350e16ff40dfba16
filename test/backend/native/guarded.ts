import { standGuard } from '../../../src/backend/native/guard.ts';

// Stands guard with the command of the second argument, and waits to be killed; or releases the guard and ends.
const [, , ending = '', command = ''] = process.argv;
const release = standGuard(['/bin/sh', '-c', command]);
if (ending === 'release') release();
else {
  process.stdout.write('guarded\n');
  setInterval(() => {}, 1000);
}
