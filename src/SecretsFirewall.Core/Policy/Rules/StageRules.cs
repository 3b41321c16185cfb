using System.Collections.Frozen;
using SecretsFirewall.Policy.Compilation;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Rules;

/// <summary>A stage that is asked only where the policy says something about it: its rules, and what happens where none matches.</summary>
internal sealed record StageRules(RuleTable Rules, DefaultAnswer Default)
{
    private static readonly DefaultAnswer McpDenied = new(PolicyOutcome.Deny, "No rule allows this MCP tool.", "The operator can allow the tool by a rule with on: mcp_call.");
    private static readonly DefaultAnswer ModelDenied = new(PolicyOutcome.Deny, "No rule allows this request to a model.", "The operator can allow the model by a rule with on: model_request.");
    private static readonly DefaultAnswer OfferDenied = new(PolicyOutcome.Deny, "No rule lets this tool be offered to a model.", "The operator can allow the tool by a rule with on: tool_offer.");

    /// <summary>A stage without rules is there if its default refuses.</summary>
    public static FrozenDictionary<PolicyStage, StageRules> Of(
        FrozenDictionary<PolicyStage, RuleTable> tables, Placed<DefaultsDocument?> defaults, List<PolicyError> errors)
    {
        var stages = new Dictionary<PolicyStage, StageRules>();
        Add(PolicyStage.McpCall, "mcp_tool", defaults.Value!.McpTool, McpDenied);
        Add(PolicyStage.ModelRequest, "model", defaults.Value.Model, ModelDenied);
        Add(PolicyStage.ToolOffer, "offer", defaults.Value.Offer, OfferDenied);
        return stages.ToFrozenDictionary();

        void Add(PolicyStage stage, string member, PolicyOutcome? said, DefaultAnswer denied)
        {
            RuleCompiler.RequireSupported(defaults.Part(said ?? PolicyOutcome.Deny, member), errors);
            var rules = tables.GetValueOrDefault(stage) ?? (said is PolicyOutcome.Deny ? new RuleTable([], PolicySnapshot.NoHosts<PolicyRule>()) : null);
            if (rules is not null)
            {
                stages[stage] = new StageRules(rules, said is PolicyOutcome.Allow ? DefaultAnswer.NothingRefuses : denied);
            }
        }
    }
}
