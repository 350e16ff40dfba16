/** The name of a container while another comes in its place, or while it is not sure that it has to go. */
export function asideName(name: string): string {
  return `${name}.before`;
}
