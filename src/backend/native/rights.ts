import { capabilityNames } from '../../linux/capabilities.ts';
import { effectiveCapabilities } from '../../linux/kernel.ts';
import type { SecuritySpec } from '../../schema/container-spec.ts';
import type { Unsupported } from '../backend.ts';

/**
 * Capabilities that cannot be handed on: in the host's user namespace nobody grants what he lacks himself
 * (capset(2)); in one of its own a container has all that count there. Whether sc can start anything at all
 * is not asked here, so that everybody can plan.
 */
export function missingCapabilities(
  { capabilities, userNamespace }: Pick<SecuritySpec, 'capabilities' | 'userNamespace'>,
  held: () => bigint = effectiveCapabilities,
): Unsupported[] {
  if (userNamespace !== undefined) return [];
  const names = capabilityNames(held());
  const missing = capabilities.filter((name) => !names.includes(name));
  if (missing.length === 0 || !names.includes('CAP_SYS_ADMIN')) return [];
  return [
    {
      path: 'security.capabilities.add',
      reason: `who starts sc has no ${missing.join(' and no ')}`,
      expected: 'capabilities that sc itself is started with',
    },
  ];
}
