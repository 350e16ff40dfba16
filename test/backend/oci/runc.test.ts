import { ociFields } from '../../../src/backend/oci/features.ts';
import { ociBackend } from '../../../src/backend/oci/oci.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { backendSuite, suitesOfUsers } from '../../suites/backend.ts';

const open = async (root: string) => ociBackend({ root, runtime: 'runc' });

const features = { backend: 'oci:runc', fields: ociFields };

backendSuite('oci:runc', open, features);
const security = { userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }) };
backendSuite('oci:runc with a user namespace', open, features, security, suitesOfUsers);
