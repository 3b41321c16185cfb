using SecretsFirewall.Commands;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Conditions;

namespace SecretsFirewall.Policy.Rules;

/// <summary>What class and gate say about one action, beside its rules.</summary>
/// <param name="Answer">Allow where nothing of it applies.</param>
/// <param name="IsGate">The gate alone says so.</param>
internal readonly record struct ClassRuling(CommandClass? Class, bool IsExternal, ClassAnswer Answer, bool IsGate)
{
    /// <summary>What the request does stands in its body, which nobody has read yet.</summary>
    public bool Awaits { get; init; }

    public const string MatrixRule = "class_matrix";
    public const string GateRule = "external_gate";

    public PolicyOutcome Outcome => Answer switch
    {
        ClassAnswer.Allow => PolicyOutcome.Allow,
        ClassAnswer.Pending or ClassAnswer.PendingAdmin => PolicyOutcome.Pending,
        _ => PolicyOutcome.Deny,
    };

    public ApproverRole? Role => Answer switch
    {
        ClassAnswer.PendingAdmin => ApproverRole.Admin,
        ClassAnswer.Pending => ApproverRole.Operator,
        _ => null,
    };

    public string Rule => IsGate ? GateRule : MatrixRule;

    public string Reason(int level) => IsGate
        ? "Something would leave toward people or the public, and the external gate is locked."
        : Answer is ClassAnswer.Deny ? $"{Named} is not done at level {level}."
        : $"{Named} needs a person at level {level}.";

    private string Named => (Class, IsExternal) switch
    {
        (CommandClass.Green, _) => "What sends something out",
        (CommandClass.Yellow, false) => "A yellow action (it changes something)",
        (CommandClass.Yellow, true) => "A yellow action that sends something out",
        (CommandClass.Red, false) => "A red action (dangerous, or unknown before it runs)",
        (CommandClass.Red, true) => "A red action that sends something out",
        _ => "A critical red action (it cannot be undone, or reaches far)",
    };

    /// <param name="matrix">Null where only rules that say a class bring the matrix in.</param>
    public static ClassRuling Of(Question question, in Ruling ruling, ClassMatrix? matrix)
    {
        var facts = question.Facts;
        // A tool that is offered or listed has no arguments yet: what it would do is not known, and not asked.
        var isCall = facts is { Tool: not null, AnyArguments: false } && (facts.On is PolicyStage.ToolCall || facts is { On: PolicyStage.McpCall, McpMethod: PolicySnapshot.McpToolCall });
        var operation = facts.On is PolicyStage.Request ? facts.Operation : null;
        if (ruling.Class is null && !isCall && operation is null)
        {
            return new ClassRuling(null, false, ClassAnswer.Allow, false);
        }

        // A rule that says a class is believed before the tables.
        var actionClass = ruling.Class ?? (isCall ? question.Tool.Class : operation?.Class);
        var isExternal = ruling.External ?? (isCall ? question.Tool.IsExternal : operation?.IsExternal ?? question.Destination.Listed is null);
        if (actionClass is not { } known || (ruling.Class is null && matrix is null))
        {
            return new ClassRuling(actionClass, isExternal, ClassAnswer.Allow, false);
        }

        if (ruling.Class is null && operation is { NeedsBody: true } && !facts.IsInspected)
        {
            return new ClassRuling(known, isExternal, ClassAnswer.Allow, false) { Awaits = true };
        }

        var cells = matrix ?? ClassMatrix.Default;
        var answer = cells.Decide(known, isExternal, facts.Level, facts.GateOpen);
        var isGate = answer is not ClassAnswer.Allow && cells.Decide(known, isExternal, facts.Level, isGateOpen: true) is ClassAnswer.Allow;
        return new ClassRuling(known, isExternal, answer, isGate);
    }
}
