import { nativeBackend } from '../../../src/backend/native/native.ts';
import { backendSuite } from '../../suites/backend.ts';

backendSuite('native', async (root) => nativeBackend({ root, cgroupParent: '/sc-test' }));
