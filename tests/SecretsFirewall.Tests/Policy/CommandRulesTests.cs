namespace SecretsFirewall.Tests.Policy;

/// <summary>What rules may ask about a command.</summary>
public sealed class CommandRulesTests
{
    [Theory]
    [InlineData("ls | sort > out.txt", """{ "class": { "eq": "yellow" } }""", true)]
    [InlineData("ls", """{ "class": { "in": ["green", "yellow"] } }""", true)]
    [InlineData("rm -rf /", """{ "class": { "at_least": "red" } }""", true)]
    [InlineData("ls", """{ "class": { "at_least": "red" } }""", false)]
    [InlineData("scp a host.example.com:", """{ "external": { "eq": true } }""", true)]
    [InlineData("echo 'open", """{ "parsed": { "eq": false } }""", true)]
    [InlineData("ls \"$DIR\"", """{ "literal": { "eq": false } }""", true)]
    [InlineData("ls | sort", """{ "pipes": { "eq": true } }""", true)]
    [InlineData("ls; sort x", """{ "pipes": { "eq": true } }""", false)]
    [InlineData("ls > x", """{ "redirections": { "eq": true } }""", true)]
    [InlineData("ls", """{ "redirections": { "eq": false } }""", true)]
    [InlineData("echo $(date)", """{ "substitutions": { "eq": true } }""", true)]
    [InlineData("echo `date`", """{ "substitutions": { "eq": true } }""", true)]
    [InlineData("cat ~/.ssh/id_rsa", """{ "effects": { "contains_any": ["read_credentials"] } }""", true)]
    [InlineData("ls", """{ "effects": { "contains_any": ["read_credentials"] } }""", false)]
    [InlineData("sudo env A=1 git push --force", """{ "any_of": { "argv0": { "eq": "git" } } }""", true)]
    [InlineData("sh -c 'sh -c \"git push --force\"'", """{ "any_of": { "argv0": { "eq": "git" }, "argv": { "starts_with": ["push"], "contains_any": ["-f", "--force"] } } }""", true)]
    [InlineData("git push", """{ "any_of": { "argv0": { "eq": "git" }, "argv": { "contains_all": ["push", "--force"] } } }""", false)]
    [InlineData("ls && cat x | head", """{ "all_of": { "argv0": { "in": ["ls", "cat", "head"] } } }""", true)]
    [InlineData("ls && $(cat x) | head", """{ "all_of": { "argv0": { "in": ["ls", "cat", "head"] } } }""", false)]
    [InlineData("ls && rm x", """{ "all_of": { "argv0": { "in": ["ls", "cat"] } } }""", false)]
    [InlineData("xargs rm < names", """{ "all_of": { "argv0": { "eq": "xargs" } } }""", false)]
    [InlineData("", """{ "all_of": { "argv0": { "eq": "ls" } } }""", false)]
    [InlineData("ls", """{ "any_of": { "argv0": { "glob": "l*", "matches": "^ls$" } } }""", true)]
    public void Decide_TestOfACommand_SaysWhatTheCommandIs(string line, string test, bool expected)
    {
        var policy = PolicyText.Load($"\"rules\": [{PolicyText.Rule($$"""{ "command": {{test}} }""", "allow", "tool_call")}]");

        Assert.Equal(expected ? "r" : "default", policy.Decide(PolicyText.Command(line)).Rule);
    }

    [Theory]
    [InlineData("echo 'open", """{ "any_of": { "argv0": { "eq": "git" } } }""")]
    [InlineData("echo 'open", """{ "all_of": { "argv0": { "eq": "git" } } }""")]
    [InlineData("git $ARGS", """{ "any_of": { "argv0": { "eq": "git" }, "argv": { "contains_any": ["push"] } } }""")]
    [InlineData("$PROGRAM push", """{ "any_of": { "argv0": { "eq": "git" } } }""")]
    public void Decide_WhatIsNotKnownOfACommand_MatchesRefusingRulesOnly(string line, string test)
    {
        string Decide(string outcome) => PolicyText.Load($"\"rules\": [{PolicyText.Rule($$"""{ "command": {{test}} }""", outcome, "tool_call")}]").Decide(PolicyText.Command(line)).Rule;

        Assert.Equal(("r", "default"), (Decide("deny"), Decide("allow")));
    }

    [Fact]
    public void Decide_ToolWithoutACommand_MatchesNoTestOfCommands()
    {
        var policy = PolicyText.Load($"\"rules\": [{PolicyText.Rule("{}", "allow", "tool_call", "all")}, {PolicyText.Rule("""{ "command": { "class": { "at_least": "green" } } }""", "deny", "tool_call")}]");

        Assert.Equal("r", policy.Decide(PolicyText.Command("ls")).Rule);
        Assert.Equal("all", policy.Decide(PolicyText.Call("Read", """{"file_path":"x"}""")).Rule);
        Assert.Equal("all", policy.Decide(PolicyText.Call("mcp__x__y", """{"command":"rm -rf /"}""")).Rule);
    }

    [Theory]
    [InlineData("exec", "await tools.exec_command({cmd: 'git push --force'})", true)]
    [InlineData("functions.exec", "text((await tools.exec_command({cmd: \"cd x && git push -f\"})).output)", true)]
    [InlineData("python", """{"code":"import os\nos.system('git push -f')"}""", true)]
    [InlineData("exec", "await tools.exec_command({cmd: 'git push'})", false)]
    [InlineData("exec", "await tools.read_file({cmd: 'git push -f'})", false)]
    public void Decide_CommandThatAProgramIsSeenToRun_RefusesItAndNeverAllowsIt(string tool, string arguments, bool isSeen)
    {
        const string Test = """{ "command": { "any_of": { "argv0": { "eq": "git" }, "argv": { "contains_any": ["-f", "--force"] } } } }""";
        string Decide(string outcome) => PolicyText.Load($"\"rules\": [{PolicyText.Rule(Test, outcome, "tool_call")}]").Decide(PolicyText.Call(tool, arguments)).Rule;

        Assert.Equal((isSeen ? "r" : "default", "default"), (Decide("deny"), Decide("allow")));
    }

    [Theory]
    [InlineData("""{ "source": { "calls": { "eq": "tools.exec_command" } } }""", "tools.exec_command({})", "r", "r")]
    [InlineData("""{ "source": { "calls": { "prefix": "tools." } } }""", "a(); tools.b()", "r", "r")]
    [InlineData("""{ "source": { "calls": { "eq": "tools.exec_command" } } }""", "read('x')", "default", "default")]
    [InlineData("""{ "source": { "calls": { "eq": "tools.exec_command" } } }""", "tools['exec' + '_command']({})", "r", "default")] // nobody knows: refusing rules match
    [InlineData("""{ "source": { "matches": "^text\\('[a-z ]*'\\)$" } }""", "text('hello')", "r", "r")]
    [InlineData("""{ "source": { "matches": "^text\\('[a-z ]*'\\)$" } }""", "text('hello'); rm()", "default", "default")]
    [InlineData("""{ "source": { "contains_any": ["child_process"] } }""", "require('child_process')", "r", "r")]
    public void Decide_TestOfAProgram_LooksIntoItsSource(string match, string source, string whereItRefuses, string whereItAllows)
    {
        string Decide(string outcome) => PolicyText.Load($"\"rules\": [{PolicyText.Rule(match, outcome, "tool_call")}]").Decide(PolicyText.Call("exec", source)).Rule;

        Assert.Equal((whereItRefuses, whereItAllows), (Decide("deny"), Decide("allow")));
    }

    [Fact]
    public void Decide_TestOfAProgram_IsNoneOfToolsThatTakeNone()
    {
        var policy = PolicyText.Load($"\"rules\": [{PolicyText.Rule("{}", "allow", "tool_call", "all")}, {PolicyText.Rule("""{ "source": { "calls": { "eq": "rm" } } }""", "deny", "tool_call")}]");

        Assert.Equal("all", policy.Decide(PolicyText.Command("rm x")).Rule);
    }

    [Theory]
    [InlineData("""{ "source": {} }""", "needs an operator")]
    [InlineData("""{ "source": { "contains_any": [] } }""", "empty")]
    [InlineData("""{ "source": { "calls": { "exists": true } } }""", "no test of calls")]
    [InlineData("""{ "command": {} }""", "needs an operator")]
    [InlineData("""{ "command": { "any_of": {} } }""", "needs an operator")]
    [InlineData("""{ "command": { "class": {} } }""", "needs an operator")]
    [InlineData("""{ "command": { "class": { "in": [] } } }""", "empty")]
    [InlineData("""{ "command": { "effects": { "contains_any": [] } } }""", "empty")]
    [InlineData("""{ "command": { "any_of": { "argv": { "starts_with": [] } } } }""", "empty")]
    [InlineData("""{ "command": { "any_of": { "argv0": { "exists": true } } } }""", "always there")]
    [InlineData("""{ "command": { "any_of": { "argv0": { "matches": "(a)\\1" } } } }""", "linear time")]
    [InlineData("""{ "not": { "canonical_tool": { "eq": "bash" } } }""", "never stands over")]
    [InlineData("""{ "command": { "danger": { "eq": true } } }""", "Unknown member 'danger'")]
    public void Load_TestOfACommandThatMeansNothing_RefusesThePolicyWithItsLine(string match, string message) =>
        Assert.Contains(
            PolicyText.Errors(PolicyText.Frame($"\"rules\": [\n{PolicyText.Rule(match, on: "tool_call")}]")),
            error => error.Message.Contains(message, StringComparison.Ordinal) && error.Line > 1);

    [Theory]
    [InlineData("""{ "command": { "class": { "eq": "red" } } }""")]
    [InlineData("""{ "canonical_tool": { "eq": "bash" } }""")]
    [InlineData("""{ "code_carrier": { "eq": true } }""")]
    public void Load_TestOfACallOnARequest_RefusesThePolicy(string match) =>
        Assert.Contains(PolicyText.Errors(PolicyText.Frame($"\"rules\": [{PolicyText.Rule(match)}]")), error => error.Message.Contains("not known on request", StringComparison.Ordinal));
}
