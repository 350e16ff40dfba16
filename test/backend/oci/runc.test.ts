import { ociFields } from '../../../src/backend/oci/features.ts';
import { ociBackend } from '../../../src/backend/oci/oci.ts';
import { backendSuite } from '../../suites/backend.ts';

backendSuite('oci:runc', async (root) => ociBackend({ root, runtime: 'runc' }), {
  backend: 'oci:runc',
  fields: ociFields,
});
