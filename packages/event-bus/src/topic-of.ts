/** First part of the names of all topics. */
export const topicRoot = 'odst';

/** The topic of a service, as every bus names it to who publishes and subscribes. */
export function topicOf(service: string): string {
  return `${topicRoot}.${service}.v1`;
}
