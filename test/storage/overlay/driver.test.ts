import { overlayDriver } from '../../../src/storage/overlay/driver.ts';
import { testStorageDriver } from '../../suites/storage-driver.ts';

testStorageDriver(overlayDriver);
