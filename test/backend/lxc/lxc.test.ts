import { lxcBackend } from '../../../src/backend/lxc/lxc.ts';
import { featuresOf } from '../../../src/backend/registry.ts';
import { backendSuite } from '../../suites/backend.ts';

backendSuite('lxc', async (root) => lxcBackend({ root, cgroupParent: '/sc-test' }), await featuresOf('lxc'));
