// What each dialect of the simulator provides: read a request, refuse it, or write the planned answer.
import type { RequestHead } from '../contract/exchange.ts';
import type { SimulatedAnswer } from './answer.ts';
import type { JsonObject } from './json-value.ts';
import type { Conversation, Plan } from './plan.ts';

export interface Voice {
  /** The conversation, or the reason why the vendor would refuse it. */
  read(request: JsonObject, head: RequestHead): Conversation | string;
  /** The vendor's 400. */
  refuse(head: RequestHead, message: string): SimulatedAnswer;
  write(plan: Plan, request: JsonObject, head: RequestHead): SimulatedAnswer;
}
