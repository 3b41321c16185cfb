using SecretsFirewall.Commands;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

/// <summary>Which tools are one, and where their calls hold a command.</summary>
public sealed class ToolReadingTests
{
    private static readonly PolicySnapshot Policy = PolicyText.Load($$"""
        "rules": [
          {{PolicyText.Rule("{}", "allow", "tool_call", "all")}},
          {{PolicyText.Rule("""{ "canonical_tool": { "eq": "bash" } }""", "steer", "tool_call", "is-bash")}},
          {{PolicyText.Rule("""{ "code_carrier": { "eq": true } }""", "pending", "tool_call", "is-code")}}
        ]
        """);

    [Theory]
    [InlineData("bash", """{"command":"rm -rf /"}""")]
    [InlineData("Bash", """{"command":"rm -rf /","description":"clean"}""")]
    [InlineData("exec", """{"cmd":"rm -rf /"}""")]
    [InlineData("shell", """{"command":["rm","-rf","/"]}""")]
    [InlineData("shell", """{"command":["bash","-lc","rm -rf /"]}""")]
    [InlineData("shell", """{"commands":["ls","rm -rf /"],"timeout_ms":1}""")]
    [InlineData("run_shell_command", """{"command":"rm -rf /"}""")]
    [InlineData("local_shell", """{"type":"exec","command":["rm","-rf","/"],"env":{}}""")]
    [InlineData("exec_command", """{"cmd":"rm -rf /"}""")]
    [InlineData("functions.exec_command", """{"cmd":"rm -rf /"}""")]
    [InlineData("mcp__host__run_command", """{"command":"rm -rf /"}""")]
    [InlineData("write_stdin", """{"session_id":1,"chars":"rm -rf /\n"}""")]
    [InlineData("bash", "rm -rf /")]
    [InlineData("bash", """{"command":"ls","cmd":"rm -rf /"}""")]
    public void Decide_ShellUnderAnyName_IsOneToolAndItsCommandIsJudged(string tool, string arguments)
    {
        var decision = Policy.Decide(PolicyText.Call(tool, arguments));

        Assert.Equal(("is-bash", CommandClass.CriticalRed), (decision.Rule, decision.Class));
    }

    [Theory]
    [InlineData("""{"command":"rm","args":["-rf","/"]}""")]
    [InlineData("""{"command":"rm -rf","args":"/"}""")]
    [InlineData("""{"command":["rm"],"argv":["-rf","/"]}""")]
    [InlineData("""{"command":"bash","args":["-c","rm -rf /"]}""")]
    [InlineData("""{"command":"bash -c","arguments":["rm -rf /"]}""")]
    [InlineData("""{"command":"echo","args":["x; rm -rf /"]}""")]
    public void Decide_WordsBesideTheCommand_AreJudgedWithIt(string arguments) =>
        Assert.Equal(CommandClass.CriticalRed, Policy.Decide(PolicyText.Call("execute_command", arguments)).Class);

    [Theory]
    [InlineData("""{"command":"ls","args":["-l"]}""", CommandClass.Green)]
    [InlineData("""{"command":"ls","args":[],"env":{},"shell":"/bin/bash"}""", CommandClass.Green)]
    [InlineData("""{"command":"ls","env":{"LANG":"C"},"shell":true}""", CommandClass.Green)]
    [InlineData("""{"command":"ls","args":{"a":1}}""", CommandClass.Red)]
    [InlineData("""{"command":"ls","args":["-l",1]}""", CommandClass.Red)]
    [InlineData("""{"command":"ls","env":{"LD_PRELOAD":"/tmp/x.so"}}""", CommandClass.Red)]
    [InlineData("""{"command":"ls","env":["LD_PRELOAD=/tmp/x.so"]}""", CommandClass.Red)]
    [InlineData("""{"command":"ls","env":{"A B":"x"}}""", CommandClass.Red)]
    [InlineData("""{"command":"ls","shell":"/tmp/evil"}""", CommandClass.Red)]
    [InlineData("""{"command":"ls","shell":"python3"}""", CommandClass.Red)]
    [InlineData("""{"command":"ls","shell":"/tmp/bash"}""", CommandClass.Red)]
    [InlineData("""{"command":"ls","shell":"pwsh"}""", CommandClass.Red)]
    [InlineData("""{"command":"ls","interpreter":7}""", CommandClass.Red)]
    public void Decide_WhatStandsBesideTheCommand_CannotMakeItLess(string arguments, CommandClass expected) =>
        Assert.Equal(expected, Policy.Decide(PolicyText.Call("execute_command", arguments)).Class);

    [Theory]
    [InlineData("bash", "{}", CommandClass.Green)]
    [InlineData("bash", """{"restart":true}""", CommandClass.Green)]
    [InlineData("write_stdin", """{"session_id":1,"chars":""}""", CommandClass.Green)]
    [InlineData("bash", """{"line_to_run":"rm -rf /"}""", CommandClass.Red)]
    [InlineData("bash", """{"command":7}""", CommandClass.Red)]
    [InlineData("bash", """{"command":["ls",7]}""", CommandClass.Red)]
    [InlineData("bash", """{"command":[]}""", CommandClass.Red)]
    [InlineData("bash", """{"commands":[{"a":1}]}""", CommandClass.Red)]
    [InlineData("bash", null, CommandClass.Red)]
    [InlineData("bash", """["ls"]""", CommandClass.Red)]
    [InlineData("bash", """{"command":"echo 'open"}""", CommandClass.Red)]
    [InlineData("bash", """{"command":null}""", CommandClass.Red)]
    [InlineData("powershell", """{"command":"Remove-Item -Recurse -Force C:\\"}""", CommandClass.CriticalRed)]
    [InlineData("run_sql", """{"query":"drop database prod"}""", CommandClass.CriticalRed)]
    [InlineData("Read", """{"file_path":"/etc/passwd"}""", CommandClass.Green)]
    [InlineData("apply_patch", "*** Begin Patch", CommandClass.Yellow)]
    public void Decide_ClassOfACall_IsAtLeastRedWhereItsCommandCannotBeRead(string tool, string? arguments, CommandClass expected) =>
        Assert.Equal(expected, Policy.Decide(PolicyText.Call(tool, arguments)).Class);

    [Theory]
    [InlineData("functions.exec", "await tools.exec_command({cmd: 'ls'})")]
    [InlineData("exec", """{"code":"await tools.read({})"}""")]
    [InlineData("python", """{"code":"print(1)"}""")]
    [InlineData("program", """{"type":"program","code":"tools.x()"}""")]
    public void Decide_ArgumentThatIsAProgram_IsACodeCarrierAndRed(string tool, string arguments)
    {
        var decision = Policy.Decide(PolicyText.Call(tool, arguments));

        Assert.Equal(("is-code", CommandClass.Red), (decision.Rule, decision.Class));
    }

    [Theory]
    [InlineData("mcp__board__add_card")]
    [InlineData("mcp__accounts__read")]
    [InlineData("")]
    [InlineData("bash_history_viewer")]
    public void Decide_ToolThatNobodyListed_HasNoClassAndIsNoBash(string tool)
    {
        var decision = Policy.Decide(PolicyText.Call(tool, """{"command":"rm -rf /"}"""));

        Assert.Equal(("all", null), (decision.Rule, decision.Class));
    }

    [Fact]
    public void Load_ToolsOfThePolicy_ReplaceTheShippedOnesNameByName()
    {
        var policy = PolicyText.Load($$"""
            "tools": [ { "canonical": "robot", "names": ["Bash", "move_arm"], "class": "red" } ],
            "rules": [ {{PolicyText.Rule("""{ "canonical_tool": { "in": ["robot"] } }""", "allow", "tool_call")}} ]
            """);

        Assert.Equal(("r", CommandClass.Red), (policy.Decide(PolicyText.Call("bash", """{"command":"ls"}""")).Rule, policy.Decide(PolicyText.Call("move_arm")).Class));
        Assert.Equal(("default", CommandClass.Green), (policy.Decide(PolicyText.Call("sh", """{"command":"ls"}""")).Rule, policy.Decide(PolicyText.Call("sh", """{"command":"ls"}""")).Class));
    }

    [Theory]
    [InlineData("""{ "canonical": "", "names": ["a"] }""", "1 to 64")]
    [InlineData("""{ "canonical": "a", "names": [] }""", "empty")]
    [InlineData("""{ "canonical": "a", "names": ["x", "X"] }""", "stands here twice")]
    [InlineData("""{ "canonical": "a", "names": ["x"], "command": ["command"] }""", "Not a JSON pointer")]
    [InlineData("""{ "canonical": "a", "names": ["x"], "code": ["/a~2b"] }""", "Not a JSON pointer")]
    [InlineData("""{ "canonical": "a", "names": ["x"], "class": "purple" }""", "critical_red")]
    public void Load_ToolThatMeansNothing_RefusesThePolicy(string tool, string message) =>
        Assert.Contains(PolicyText.Errors(PolicyText.Frame($"\"tools\": [{tool}]")), error => error.Message.Contains(message, StringComparison.Ordinal) && error.Line > 0);
}
