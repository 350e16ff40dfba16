import { nativeBackend } from '../../../src/backend/native/native.ts';
import { featuresOf } from '../../../src/backend/registry.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { backendSuite } from '../../suites/backend.ts';

const open = async (root: string) => nativeBackend({ root, cgroupParent: '/sc-test' });

const features = await featuresOf('native');

backendSuite('native', open, features);
backendSuite('native with a user namespace', open, features, {
  userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }),
});
