import { agreementChecks } from './checks/agreement.ts';
import type { Check } from './checks/check.ts';
import { deviceChecks } from './checks/devices.ts';
import { egressChecks } from './checks/egress.ts';
import { idMapChecks } from './checks/id-maps.ts';
import { imageChecks } from './checks/images.ts';
import { limitChecks } from './checks/limits.ts';
import { mountChecks } from './checks/mounts.ts';
import { nameChecks, namesOf } from './checks/names.ts';
import { networkChecks } from './checks/networks.ts';
import { pidFileChecks } from './checks/pid-files.ts';
import { portChecks } from './checks/ports.ts';
import { processChecks } from './checks/process.ts';
import { stepChecks } from './checks/steps.ts';
import { sysctlChecks } from './checks/sysctls.ts';
import { takenPortChecks } from './checks/taken-ports.ts';
import { textChecks } from './checks/texts.ts';
import { volumeChecks } from './checks/volumes.ts';
import type { ParsedDocument } from './parsed-document.ts';

/** Every rule beyond the schemas. All run, also on a document that the schema has something against. */
export const checks: readonly Check[] = [
  ...nameChecks,
  ...processChecks,
  ...mountChecks,
  ...networkChecks,
  ...egressChecks,
  ...portChecks,
  ...takenPortChecks,
  ...pidFileChecks,
  ...deviceChecks,
  ...sysctlChecks,
  ...textChecks,
  ...idMapChecks,
  ...limitChecks,
  ...volumeChecks,
  ...agreementChecks,
  ...imageChecks,
  ...stepChecks,
];

/** Adds to each document what the checks find, but for what has been said of the same value before. */
export function checkDocuments(documents: readonly ParsedDocument[]): void {
  const names = namesOf(documents);
  for (const document of documents) {
    if (document.isWhole) document.add(checks.flatMap(({ run }) => run(document.value, names)));
  }
}
