/** `org.odst.<service>.<EventName>.v<version>` */
const fullName = /^org\.odst\.[a-z]+\.(?<name>[A-Za-z]+)\.v\d+$/;

/** The short name of an event type: `PackageUploaded` for itself and for its full name. */
export function eventName(type: string): string {
  return fullName.exec(type)?.groups?.['name'] ?? type;
}

/** Whether a type filter names one version of one service's event. */
export function isFullEventType(type: string): boolean {
  return fullName.test(type);
}
