using SecretsFirewall.Cli;

return await SfwCommand.RunAsync(args);
