import { parseSysctl, type Sysctl } from '../../linux/sysctls.ts';
import { type Finding, inWords } from '../finding.ts';
import { joinPath } from '../path.ts';
import { type Check, complaintOf, containersOf, joined, valueAt } from './check.ts';

/** Checks of kernel settings: each is the container's own, one line, and said once. */
export const sysctlChecks: readonly Check[] = [
  {
    name: "kernel settings are of namespaces that are the container's own",
    run: (document) =>
      containersOf(document).flatMap(({ path, value }) => {
        const settings = valueAt(value, 'security.sysctls');
        if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) return [];
        const seen = new Map<string, string>();
        return Object.entries(settings).flatMap(([name, text]): Finding[] => {
          const finding = findingOf(name, text, value, seen);
          if (finding === undefined) return [];
          return [{ path: joinPath(joined(path, 'security.sysctls'), name), ...finding }];
        });
      }),
  },
];

function findingOf(
  name: string,
  value: unknown,
  container: unknown,
  seen: Map<string, string>,
): Omit<Finding, 'path'> | undefined {
  const complaint = complaintOf(() => parseSysctl(name));
  if (complaint !== undefined) return { atKey: true, ...complaint };
  const sysctl = parseSysctl(name);
  const earlier = seen.get(sysctl.path);
  seen.set(sysctl.path, name);
  if (earlier !== undefined) return { atKey: true, message: `"${earlier}" is the same setting` };
  if (!isPrivate(sysctl, container)) {
    const { namespace } = sysctl;
    const message = `"${name}" is a setting of the ${namespace} namespace, which is not the container's own`;
    return { atKey: true, message, expected: `namespaces.${namespace}: private` };
  }
  // A second line would be another setting to some readers (CVE-2022-0811), and no text is no write.
  if (typeof value !== 'string' || /^[^\p{Cc}]+$/u.test(value)) return undefined;
  return { message: `found ${inWords(value)}`, expected: 'one line of text' };
}

function isPrivate({ namespace }: Sysctl, container: unknown): boolean {
  const said = [valueAt(container, `namespaces.${namespace}`)];
  if (namespace === 'network') said.push(valueAt(container, 'network.mode'));
  return !said.some((mode) => typeof mode === 'string' && /^(host$|container:|\/)/.test(mode));
}
