import { join } from 'node:path';
import { ociFields } from '../../../src/backend/oci/features.ts';
import { ociBackend } from '../../../src/backend/oci/oci.ts';
import { backendSuite } from '../../suites/backend.ts';

const runtime = join(import.meta.dirname, '../../support/crun-alone.sh');

backendSuite('oci:crun', async (root) => ociBackend({ root, runtime }), {
  backend: 'oci:crun',
  fields: ociFields,
});
