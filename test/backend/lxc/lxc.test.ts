import { lxcBackend } from '../../../src/backend/lxc/lxc.ts';
import { featuresOf } from '../../../src/backend/registry.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { backendSuite } from '../../suites/backend.ts';

const open = async (root: string) => lxcBackend({ root, cgroupParent: '/sc-test' });

const features = await featuresOf('lxc');

backendSuite('lxc', open, features);
backendSuite('lxc with a user namespace', open, features, {
  userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }),
});
