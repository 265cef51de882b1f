// Compiles the conditions of routes into one function that finds the first route that holds.
import type { RoutedCall, RouteSettings } from '../contract/routing.ts';

export function compileRoutes(routes: readonly RouteSettings[], onFailure?: (route: string, reason: string) => void): (call: RoutedCall) => number {
  void [routes, onFailure];
  return () => -1;
}
