import { nativeBackend } from '../../../src/backend/native/native.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { backendSuite } from '../../suites/backend.ts';

const open = async (root: string) => nativeBackend({ root, cgroupParent: '/sc-test' });

backendSuite('native', open);
backendSuite('native with a user namespace', open, {
  userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }),
});
