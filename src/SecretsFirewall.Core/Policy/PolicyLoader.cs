using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Commands;
using SecretsFirewall.Model;
using SecretsFirewall.Model.Documents;
using SecretsFirewall.Policy.Compilation;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Rules;

namespace SecretsFirewall.Policy;

/// <summary>
/// From the files of a folder to a policy that can be asked. All errors of one kind are reported at once: first those of each file
/// by itself, then those of the files together, then the cases that it answers wrongly.
/// </summary>
public static class PolicyLoader
{
    // A policy that somebody wrote is far smaller; a larger file is not a policy.
    private const int MaxFileBytes = 4 << 20;

    /// <param name="rules">The detection rules that are there: each id with the net that it belongs to.</param>
    /// <param name="ruleFiles">Those of the policy itself. They are no policy files, but what is in force depends on them: the hash covers them.</param>
    /// <returns>Null if there is any error.</returns>
    public static PolicySnapshot? Load(
        IReadOnlyList<PolicyFile> files,
        out IReadOnlyList<PolicyError> errors,
        IReadOnlyDictionary<string, FindingKind>? rules = null,
        IReadOnlyList<PolicyFile>? ruleFiles = null,
        PolicyBasis? basis = null) => Load(files, out errors, rules, ruleFiles, null, null, basis);

    /// <param name="identity">Who a signed bundle says it is; null for what the files say and their hash.</param>
    /// <param name="cases">Takes how each case was answered.</param>
    internal static PolicySnapshot? Load(
        IReadOnlyList<PolicyFile> files,
        out IReadOnlyList<PolicyError> errors,
        IReadOnlyDictionary<string, FindingKind>? rules,
        IReadOnlyList<PolicyFile>? ruleFiles,
        PolicyIdentity? identity,
        List<CaseResult>? cases,
        PolicyBasis? basis = null)
    {
        var found = new List<PolicyError>();
        errors = found;
        if (files.Count == 0)
        {
            found.Add(new PolicyError("policy", 0, "There is no file."));
            return null;
        }

        var sorted = Sorted(files);
        var texts = sorted.Select(file => Read(file, found)).OfType<DocumentText>().ToList();
        var ids = new RuleIds(rules ?? new Dictionary<string, FindingKind>(), found);
        return found.Count > 0 ? null : Compile(texts, sorted[0].Path, identity, Hash([.. sorted, .. Sorted(ruleFiles ?? [])]), ids, cases, basis, found);
    }

    private static List<PolicyFile> Sorted(IReadOnlyList<PolicyFile> files) => [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)];

    private static DocumentText? Read(PolicyFile file, List<PolicyError> errors)
    {
        if (file.Content.Length > MaxFileBytes)
        {
            errors.Add(new PolicyError(file.Path, 0, $"The file is larger than {MaxFileBytes} bytes."));
            return null;
        }

        var faults = new List<DocumentFault>();
        var read = DocumentReader.Read<PolicyDocument>(file.Content.Span, PolicyJson.Default, faults);
        errors.AddRange(faults.Select(fault => new PolicyError(file.Path, fault.Line, fault.Message)));
        return read is var (document, lines) ? new DocumentText(file.Path, document, lines) : null;
    }

    private static PolicySnapshot? Compile(
        List<DocumentText> texts, string firstPath, PolicyIdentity? identity, string hash, RuleIds ids, List<CaseResult>? cases, PolicyBasis? basis, List<PolicyError> errors)
    {
        var draft = new PolicyDraft(texts, firstPath, errors);
        var destinations = new DestinationCompiler(errors).Compile(draft);
        var (prices, budgets) = new BudgetCompiler(errors).Compile(draft);
        var upstreams = new UpstreamCompiler(errors).Compile(draft);
        var rules = new RuleCompiler(draft, ids, errors);
        var (connect, request, tools) = rules.Compile(out var further);
        var known = new ToolCompiler(errors).Compile(Shipped(basis, errors), draft.Tools);
        var detection = new DetectionCompiler(draft, ids, errors);
        var choices = detection.Compile();
        if (draft is not { Name: { } name, Revision: { } revision, Defaults: { } defaults, Redaction: { } redaction })
        {
            return null;
        }

        RuleCompiler.RequireSupported(defaults.Part(defaults.Value!.Host, "host"), errors);
        RuleCompiler.RequireSupported(defaults.Part(defaults.Value.Tool ?? PolicyOutcome.Deny, "tool"), errors);
        var stages = StageRules.Of(further, defaults, errors);
        var table = new RedactionCompiler(detection, errors).Compile(redaction!, choices);
        if (errors.Count > 0)
        {
            return null;
        }

        var matrix = draft.Matrix?.Value is { } written ? Matrix(written) : null;
        var snapshot = new PolicySnapshot(
            identity ?? new PolicyIdentity(name.Value!, revision.Value!.Value, hash),
            destinations,
            rules.Allowed,
            connect,
            request,
            table,
            choices,
            new DefaultAnswer(defaults.Value.Host, defaults.Value.Reason, defaults.Value.Advice))
        {
            Upstreams = upstreams,
            Opaque = connect.Opaque,
            ToolRules = tools ?? (defaults.Value.Tool is PolicyOutcome.Deny || matrix is not null ? new RuleTable([], PolicySnapshot.NoHosts<PolicyRule>()) : null),
            CarrierDefault = DefaultAnswer.OfCarriers(defaults.Value.CodeCarrier ?? PolicyOutcome.Pending),
            Tools = known,
            Commands = basis is null ? null : new CommandClassifier(basis.Commands),
            Matrix = matrix,
            Mode = draft.Mode?.Value ?? PolicyMode.Enforce,
            Operations = basis?.Operations,
            Asks = matrix is null ? rules.Asked : rules.Asked with { Operations = true },
            Prices = prices,
            Budgets = budgets,
            ToolDefault = defaults.Value.Tool is PolicyOutcome.Allow ? DefaultAnswer.ToolsAllowed : DefaultAnswer.ToolsDenied,
            Further = stages,
            PinsMcpTools = draft.Mcp?.Value?.Pin is true,
            RefusesOffers = draft.Offers?.Value is OfferWord.Refuse,
        };
        new CaseRunner(snapshot, ids, errors, cases).Run(draft);
        return errors.Count > 0 ? null : snapshot;
    }

    private static ClassMatrix Matrix(MatrixDocument written) => new(
        (written.Level1 ?? new()).Over(ClassMatrix.Default.Row(1)),
        (written.Level2 ?? new()).Over(ClassMatrix.Default.Row(2)),
        (written.Level3 ?? new()).Over(ClassMatrix.Default.Row(3)));

    private static IEnumerable<Placed<ToolDocument>> Shipped(PolicyBasis? basis, List<PolicyError> errors) =>
        basis is not null && Read(basis.Tools, errors) is { } text
            ? (text.Document.Tools ?? []).Select((tool, i) => new Placed<ToolDocument>(tool, text, $"/tools/{i}"))
            : [];

    // What `sha256sum *.json rules/*.json | sha256sum` prints in the policy's folder, so that anybody can check it.
    private static string Hash(List<PolicyFile> files)
    {
        var list = new StringBuilder();
        foreach (var file in files)
        {
            list.Append(Convert.ToHexStringLower(SHA256.HashData(file.Content.Span))).Append("  ").Append(file.Path).Append('\n');
        }

        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(list.ToString())));
    }
}
