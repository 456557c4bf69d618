import { RegistryError } from './registry-error.ts';

/** An e-mail address as it was written, as far as one can tell without sending to it. @throws RegistryError `INVALID_INPUT` */
export function emailAddress(text: string): string {
  if (/^[^\s\p{C}@]+@[^\s\p{C}@]+$/u.test(text) && text.length <= 254) return text;
  throw new RegistryError('INVALID_INPUT', 'The e-mail address must look like name@example.com.');
}

/** What two ways of writing one address have in common: nobody has a second mailbox that differs in case. */
export function emailKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}
