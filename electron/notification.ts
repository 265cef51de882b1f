// Puts a notice on the screen; a click, or "Why?", opens that record.
import { Notification } from 'electron';
import type { Notice } from './notices.ts';

/** Kept until they are gone: a notification that is collected loses its click. */
const open = new Set<Notification>();

export function showNotification({ title, body, id }: Notice, why: (id: string) => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body, actions: [{ type: 'button', text: 'Why?' }] });
  open.add(notification);
  notification.on('click', () => why(id));
  notification.on('action', () => why(id));
  notification.on('close', () => open.delete(notification));
  notification.show();
}
