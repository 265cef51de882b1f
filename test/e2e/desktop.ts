// The desktop's side of the message bus, as a panel and a notification daemon have it: a StatusNotifier watcher and host, and notifications.
import dbus from 'dbus-next';
import type { MessageBus } from 'dbus-next';

export interface TrayMenuEntry {
  readonly id: number;
  readonly label: string;
  readonly enabled: boolean;
  readonly children: readonly TrayMenuEntry[];
}

export interface ShownNotification {
  readonly id: number;
  readonly title: string;
  readonly body: string;
}

export interface Desktop {
  /** The bus name of the tray item, once there is one. */
  readonly item: string | undefined;
  readonly notifications: readonly ShownNotification[];
  tooltip(): Promise<string>;
  /** Width and height of the icon that the item hands over. */
  iconSize(): Promise<readonly [number, number]>;
  menu(): Promise<readonly TrayMenuEntry[]>;
  click(id: number): Promise<void>;
  /** Clicks a notification, as the person would. */
  activate(notification: ShownNotification): void;
  close(): void;
}

const { Interface } = dbus.interface;

class Watcher extends Interface {
  item: string | undefined;
  get IsStatusNotifierHostRegistered(): boolean {
    return true;
  }
  get ProtocolVersion(): number {
    return 0;
  }
  get RegisteredStatusNotifierItems(): string[] {
    return this.item === undefined ? [] : [this.item];
  }
  RegisterStatusNotifierItem(service: string): void {
    this.item = service;
  }
  RegisterStatusNotifierHost(): void {
    // The one host is this process.
  }
}
Watcher.configureMembers({
  properties: {
    IsStatusNotifierHostRegistered: { signature: 'b', access: 'read' },
    ProtocolVersion: { signature: 'i', access: 'read' },
    RegisteredStatusNotifierItems: { signature: 'as', access: 'read' },
  },
  methods: { RegisterStatusNotifierItem: { inSignature: 's' }, RegisterStatusNotifierHost: { inSignature: 's' } },
});

class Notifications extends Interface {
  readonly shown: ShownNotification[] = [];
  GetCapabilities(): string[] {
    return ['actions', 'body'];
  }
  GetServerInformation(): string[] {
    return ['test', 'heimdall', '1', '1.2'];
  }
  Notify(_app: string, _replaces: number, _icon: string, title: string, body: string): number {
    const id = this.shown.length + 1;
    this.shown.push({ id, title, body });
    return id;
  }
  CloseNotification(): void {
    // Nothing is drawn, so nothing goes.
  }
  ActionInvoked(id: number, action: string): [number, string] {
    return [id, action];
  }
}
Notifications.configureMembers({
  methods: {
    GetCapabilities: { outSignature: 'as' },
    GetServerInformation: { outSignature: 'ssss' },
    Notify: { inSignature: 'susssasa{sv}i', outSignature: 'u' },
    CloseNotification: { inSignature: 'u' },
  },
  signals: { ActionInvoked: { signature: 'us' } },
});

export async function startDesktop(address: string): Promise<Desktop> {
  const bus = dbus.sessionBus({ busAddress: address });
  const watcher = new Watcher('org.kde.StatusNotifierWatcher');
  const notifications = new Notifications('org.freedesktop.Notifications');
  bus.export('/StatusNotifierWatcher', watcher);
  bus.export('/org/freedesktop/Notifications', notifications);
  await bus.requestName('org.kde.StatusNotifierWatcher', 0);
  await bus.requestName('org.freedesktop.Notifications', 0);

  const ask = async (path: string, iface: string, member: string, signature: string, body: unknown[]): Promise<unknown[]> =>
    await call(bus, watcher.item, path, iface, member, signature, body);
  const property = async (name: string): Promise<unknown> => {
    const [variant] = await ask('/StatusNotifierItem', 'org.freedesktop.DBus.Properties', 'Get', 'ss', ['org.kde.StatusNotifierItem', name]);
    return (variant as { value: unknown }).value;
  };
  const menuPath = async (): Promise<string> => (await property('Menu')) as string;
  return {
    get item() {
      return watcher.item;
    },
    notifications: notifications.shown,
    tooltip: async () => ((await property('ToolTip')) as [string, unknown, string, string])[2],
    iconSize: async () => {
      const [first] = (await property('IconPixmap')) as [number, number, Buffer][];
      return first === undefined ? [0, 0] : [first[0], first[1]];
    },
    menu: async () => {
      const [, layout] = await ask(await menuPath(), 'com.canonical.dbusmenu', 'GetLayout', 'iias', [0, -1, []]);
      return entryOf(layout).children;
    },
    click: async (id) => {
      await ask(await menuPath(), 'com.canonical.dbusmenu', 'Event', 'isvu', [id, 'clicked', new dbus.Variant('s', ''), 0]);
    },
    activate: ({ id }) => {
      notifications.ActionInvoked(id, 'default');
    },
    close: () => bus.disconnect(),
  };
}

async function call(
  bus: MessageBus,
  destination: string | undefined,
  path: string,
  iface: string,
  member: string,
  signature: string,
  body: unknown[],
): Promise<unknown[]> {
  if (destination === undefined) throw new Error('No tray item has registered.');
  const answer = await bus.call(new dbus.Message({ destination, path, interface: iface, member, signature, body }));
  return (answer?.body ?? []) as unknown[];
}

function entryOf(layout: unknown): TrayMenuEntry {
  const [id, properties, children] = layout as [number, Record<string, { value: unknown }>, { value: unknown }[]];
  const label = properties['label']?.value;
  return {
    id,
    label: typeof label === 'string' ? label.replaceAll('_', '') : '',
    enabled: properties['enabled']?.value !== false,
    children: children.map(({ value }) => entryOf(value)),
  };
}
