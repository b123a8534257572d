export { type AppendFate, type StandIn, type StandInOptions, startStandIn } from './stand-in.ts';
