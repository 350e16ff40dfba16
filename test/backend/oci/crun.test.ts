import { join } from 'node:path';
import { ociFields } from '../../../src/backend/oci/features.ts';
import { ociBackend } from '../../../src/backend/oci/oci.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { backendSuite, suitesOfUsers } from '../../suites/backend.ts';

const runtime = join(import.meta.dirname, '../../support/crun-alone.sh');

const open = async (root: string) => ociBackend({ root, runtime });

const features = { backend: 'oci:crun', fields: ociFields };

backendSuite('oci:crun', open, features);
const security = { userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }) };
backendSuite('oci:crun with a user namespace', open, features, security, suitesOfUsers);
