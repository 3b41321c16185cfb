using System.Collections.Immutable;

namespace SecretsFirewall.Inspection.Detection.Rules.Examples;

/// <summary>The texts of a rule's examples before a secret is made up for them.</summary>
internal sealed record ExampleTemplates(ImmutableArray<string> Match, ImmutableArray<string> NoMatch);
